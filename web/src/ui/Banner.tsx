import type { ComponentType, ReactNode } from "react";
import { cn } from "@/lib/cn";

const tones = { warn: "bg-warn-soft text-warn", bad: "bg-bad-soft text-bad", info: "bg-info-soft text-info" } as const;

interface Props {
  tone?: keyof typeof tones;
  icon?: ComponentType<{ className?: string }>;
  children: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** A line above the page about the state of things. */
export function Banner({ tone = "info", icon: Icon, children, action, className }: Props) {
  return (
    <div role="status" className={cn("flex min-h-9 items-center gap-2 rounded-md px-3 py-1.5 text-sm", tones[tone], className)}>
      {Icon && <Icon className="size-4 shrink-0" aria-hidden />}
      <p className="min-w-0 flex-1">{children}</p>
      {action}
    </div>
  );
}
