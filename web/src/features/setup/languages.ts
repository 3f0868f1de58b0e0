import type { Choice } from "./guess";

/** The languages that web chat and mail to customers are written in. */
export function languages(locale: string): Choice[] {
  const names = new Intl.DisplayNames([locale], { type: "language" });
  return ["en", "de"].map((value) => ({ value, label: names.of(value) ?? value }));
}
