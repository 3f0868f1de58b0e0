import { Ban, Check, CheckCheck, Clock, Hourglass, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { MessageStatus } from "@/api/types";

const signs = {
  scheduled: Clock,
  awaiting_approval: Hourglass,
  cancelled: Ban,
  pending: Clock,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: TriangleAlert,
} as const;

/** How far a message has come. */
export function Ticks({ status, words }: { status: MessageStatus; words?: boolean }) {
  const { t } = useTranslation("common");
  const Sign = signs[status];
  const name = t(`message.${status}`);
  return (
    <span
      className={`inline-flex items-center gap-1 ${status === "failed" ? "font-medium text-bad" : status === "read" ? "text-accent" : "text-ink-3"}`}
      title={words ? undefined : name}
    >
      <Sign aria-hidden className="size-3.5" strokeWidth={1.8} />
      {words || status === "failed" ? name : <span className="sr-only">{name}</span>}
    </span>
  );
}
