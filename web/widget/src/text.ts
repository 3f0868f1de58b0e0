export type Piece = { text: string; href?: string };

const LINK = /https?:\/\/[^\s<>"']+/g;

/** Splits text into plain pieces and links. Only http and https become links. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    let href = match[0].replace(/[.,;:!?…]+$/, "");
    if (href.endsWith(")") && !href.includes("(")) href = href.slice(0, -1);
    if (!URL.canParse(href)) continue;
    if (match.index > at) out.push({ text: text.slice(at, match.index) });
    out.push({ text: href, href });
    at = match.index + href.length;
  }
  if (at < text.length) out.push({ text: text.slice(at) });
  return out;
}

/** Black or white, whichever reads better on the colour; the colour itself is checked by the caller. */
export function inkOn(hex: string): string {
  const m = /^#([0-9a-f]{6})$/i.exec(hex);
  if (!m?.[1]) return "#fff";
  const n = Number.parseInt(m[1], 16);
  const [r, g, b] = [n >> 16, (n >> 8) & 255, n & 255].map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.0582 ? "#fff" : "#1c1a17";
}

/** "#abc" and "#aabbcc" as "#aabbcc"; anything else is the product's own petrol. */
export function safeColour(value: string | undefined): string {
  const v = (value ?? "").trim();
  if (/^#[0-9a-f]{6}$/i.test(v)) return v;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(v);
  return short ? `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}` : "#126b7d";
}

export function sizeText(bytes: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let n = bytes;
  let u = 0;
  while (n >= 1000 && u < units.length - 1) {
    n /= 1000;
    u++;
  }
  return new Intl.NumberFormat(locale, { style: "unit", unit: units[u], maximumFractionDigits: n < 10 && u > 0 ? 1 : 0 }).format(n);
}
