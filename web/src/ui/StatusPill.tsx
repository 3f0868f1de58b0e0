import { Archive, Ban, CircleCheck, CircleDashed, Clock, Hourglass, type LucideIcon, Sparkle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Status } from "@/api/types";
import { cn } from "@/lib/cn";

const icons: Record<Status, LucideIcon> = {
  new: Sparkle,
  open: CircleDashed,
  pending: Hourglass,
  snoozed: Clock,
  resolved: CircleCheck,
  archived: Archive,
  spam: Ban,
};

export function StatusIcon({ status, className }: { status: Status; className?: string }) {
  const Icon = icons[status];
  return <Icon aria-hidden strokeWidth={1.8} className={cn("size-4 shrink-0", className)} />;
}

export function StatusPill({ status }: { status: Status }) {
  const { t } = useTranslation("common");
  return (
    <span className="inline-flex items-center gap-1 text-2xs font-medium text-ink-2">
      <StatusIcon status={status} className="size-3" />
      {t(`status.${status}`)}
    </span>
  );
}
