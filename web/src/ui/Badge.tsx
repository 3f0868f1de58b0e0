import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

const tones = {
  neutral: "bg-hover text-ink-2",
  accent: "bg-accent-soft text-accent-ink",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
} as const;

export const Badge = ({ tone = "neutral", children, className }: { tone?: keyof typeof tones; children: ReactNode; className?: string }) => (
  <span className={cn("inline-flex h-[18px] shrink-0 items-center gap-1 rounded-full px-1.5 text-2xs font-medium [&_svg]:size-3", tones[tone], className)}>{children}</span>
);

/** How many are unread. */
export const Count = ({ value, label }: { value: number; label?: string }) => (
  <span className="tnum grid h-[18px] min-w-[18px] shrink-0 place-items-center rounded-full bg-accent px-1 text-2xs font-medium text-accent-fg">
    <span dir="ltr" aria-hidden={label ? true : undefined}>
      {value > 99 ? "99+" : value}
    </span>
    {label && <span className="sr-only">{label}</span>}
  </span>
);
