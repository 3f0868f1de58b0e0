import type { CSSProperties, ReactNode } from "react";
import { cn } from "@/lib/cn";

export const LabelDot = ({ hue, className }: { hue: number; className?: string }) => (
  <span aria-hidden style={{ "--h": hue } as CSSProperties} className={cn("label-dot size-1.5 shrink-0 rounded-full", className)} />
);

/** A label of a conversation or a person: a dot of its colour before plain words. */
export const Label = ({ hue, children, className }: { hue: number; children: ReactNode; className?: string }) => (
  <span
    className={cn("inline-flex h-[18px] max-w-40 min-w-0 items-center gap-1.5 rounded-full border border-line bg-raised ps-1.5 pe-2 text-2xs font-medium text-ink-2", className)}
  >
    <LabelDot hue={hue} />
    <span className="truncate">{children}</span>
  </span>
);
