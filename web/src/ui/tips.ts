import { create } from "zustand";
import type { Side } from "./sides";

export interface Hint {
  /** Which `Tip` it is of. */
  of: string;
  at: HTMLElement;
  label: string;
  keys?: string;
  side: Side;
}

/** The one hint that is shown; the layer that shows it is loaded after the page. */
export const useHint = create<{ hint: Hint | null }>(() => ({ hint: null }));

const WAIT = 350;
/** Who has just read one hint reads the next one at once. */
const AGAIN = 200;
/** Long enough to get from a control onto its hint. */
const LEAVE = 120;

let coming: ReturnType<typeof setTimeout> | undefined;
let going: ReturnType<typeof setTimeout> | undefined;
let last = Number.NEGATIVE_INFINITY;

const shown = () => useHint.getState().hint;

export function stay() {
  clearTimeout(going);
}

export function show(hint: Hint, at: "once" | "hover") {
  clearTimeout(coming);
  clearTimeout(going);
  const now = performance.now();
  const wait = at === "once" || shown() || now - last < AGAIN ? 0 : WAIT;
  const put = () => {
    if (hint.at.isConnected) useHint.setState({ hint });
  };
  if (wait) coming = setTimeout(put, wait);
  else put();
}

export function leave(of: string) {
  clearTimeout(coming);
  if (shown()?.of !== of) return;
  clearTimeout(going);
  going = setTimeout(() => hide(of), LEAVE);
}

export function hide(of?: string) {
  clearTimeout(coming);
  const hint = shown();
  if (!hint || (of && hint.of !== of)) return;
  clearTimeout(going);
  last = performance.now();
  useHint.setState({ hint: null });
}
