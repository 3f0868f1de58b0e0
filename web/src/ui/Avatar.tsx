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

function hueOf(text: string): number {
  let sum = 7;
  for (const c of text) sum = (Math.imul(sum, 31) + c.charCodeAt(0)) >>> 0;
  return (sum % 12) * 30;
}

export function initials(name: string): string {
  if (/^[+\d(]/.test(name.trim())) return "#";
  const words = name.split(/[\s@._-]+/u).filter((w) => /^[\p{L}\p{N}]/u.test(w));
  const two = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? "?"];
  return two.map((w) => [...(w ?? "")][0]?.toLocaleUpperCase() ?? "").join("");
}
