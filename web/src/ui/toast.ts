import type { ExternalToast, toast as Toast } from "sonner";

type Make = (text: string, options?: ExternalToast) => void;

/** Messages are not needed to show a page, so what draws them comes after it. */
let ready: (show: typeof Toast) => void;
const shown = new Promise<typeof Toast>((resolve) => {
  ready = resolve;
});
/** Called once the place for messages stands in the page. */
export const toastsReady = (show: typeof Toast) => ready(show);

const say =
  (pick: (show: typeof Toast) => Make): Make =>
  (text, options) =>
    void shown.then((show) => pick(show)(text, options));

export const toast = Object.assign(
  say((show) => show),
  { success: say((show) => show.success), error: say((show) => show.error) },
);
