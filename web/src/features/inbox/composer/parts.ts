/** Letters that one SMS part holds singly (GSM 03.38, basic set). */
const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/** Letters of the same alphabet that count twice. */
const EXTENDED = "^{}\\[~]|€\f";

export interface SmsParts {
  parts: number;
  /** Units left in the last part. */
  left: number;
  /** Letters outside the SMS alphabet make every part shorter. */
  unicode: boolean;
}

/** How many SMS a text becomes: 160 or 153 units of 7 bits, or 70 or 67 of 16. */
export function smsParts(text: string): SmsParts {
  const letters = [...text];
  const unicode = letters.some((c) => !BASIC.includes(c) && !EXTENDED.includes(c));
  const sizes = unicode ? letters.map((c) => c.length) : letters.map((c) => (EXTENDED.includes(c) ? 2 : 1));
  const [single, several] = unicode ? [70, 67] : [160, 153];
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total <= single) return { parts: total ? 1 : 0, left: single - total, unicode };
  // A letter of two units is never cut in two.
  let parts = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > several) {
      parts += 1;
      used = 0;
    }
    used += size;
  }
  return { parts, left: several - used, unicode };
}
