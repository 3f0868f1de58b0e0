import { siDiscord, siInstagram, siLine, siMatrix, siMessenger, siSignal, siTelegram, siViber, siWhatsapp } from "simple-icons";

/** Glyphs of brands by the icon's name in a connector's description; only what is imported here is shipped. */
export const brands: Record<string, string> = Object.fromEntries(
  [siDiscord, siInstagram, siLine, siMatrix, siMessenger, siSignal, siTelegram, siViber, siWhatsapp].map((icon) => [icon.slug, icon.path]),
);
