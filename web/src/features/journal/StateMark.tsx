import { CircleCheck, CircleDashed, CircleSlash, Copy, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { JournalState } from "@/api/types";

const MARKS = {
  received: { icon: CircleDashed, tone: "text-info" },
  done: { icon: CircleCheck, tone: "text-good" },
  duplicate: { icon: Copy, tone: "text-ink-3" },
  ignored: { icon: CircleSlash, tone: "text-ink-3" },
  quarantined: { icon: TriangleAlert, tone: "text-bad" },
} as const;

export function StateMark({ state }: { state: JournalState }) {
  const { t } = useTranslation("journal");
  const { icon: Icon, tone } = MARKS[state] ?? MARKS.received;
  return (
    <span className="inline-flex shrink-0 items-center gap-1.5 text-xs font-medium text-ink-2">
      <Icon className={`size-3.5 ${tone}`} aria-hidden />
      {t(`state.${state}`)}
    </span>
  );
}
