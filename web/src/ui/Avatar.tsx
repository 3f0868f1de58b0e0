import type { CSSProperties, ReactNode } from "react";
import { cn } from "@/lib/cn";

interface Props {
  name: string;
  /** What the colour comes from, so that a person looks the same everywhere. */
  id?: string;
  hue?: number;
  size?: number;
  className?: string;
  /** Sits at the lower right: a channel's disc, a presence dot. */
  badge?: ReactNode;
}

export function Avatar({ name, id, hue, size = 32, className, badge }: Props) {
  const style: CSSProperties & Record<"--h", number> = { width: size, height: size, fontSize: Math.max(9, Math.round(size * 0.36)), "--h": hue ?? hueOf(id ?? name) };
  const face = (
    <span
      aria-hidden
      style={style}
      className={cn("tint inline-flex shrink-0 items-center justify-center rounded-full font-semibold tracking-normal select-none", !badge && className)}
    >
      {initials(name)}
    </span>
  );
  if (!badge) return face;
  return (
    <span className={cn("relative inline-block shrink-0", className)} style={{ width: size, height: size }}>
      {face}
      <span className="absolute -end-1 -bottom-1 flex rounded-full">{badge}</span>
    </span>
  );
}

const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** The 16 bytes behind an id such as con_01m7yj…, or the characters of any other text. */
function bytesOf(text: string): number[] {
  const tail = text.slice(text.indexOf("_") + 1);
  if (!/^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(tail)) return [...text].map((c) => c.charCodeAt(0));
  let value = 0n;
  for (const c of tail) value = value * 32n + BigInt(digits.indexOf(c));
  return Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 255n));
}

/** The same sum as the server's, so that a person has one colour wherever they appear. */
export function hueOf(text: string): number {
  let sum = 7;
  for (const byte of bytesOf(text)) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return (sum % 12) * 30;
}

export function initials(name: string): string {
  if (/^[+\d(]/.test(name.trim())) return "#";
  const words = name.split(/[\s@._-]+/u).filter((w) => /^[\p{L}\p{N}]/u.test(w));
  const two = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? "?"];
  return two.map((w) => [...(w ?? "")][0]?.toLocaleUpperCase() ?? "").join("");
}
