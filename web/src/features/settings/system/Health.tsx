import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { System } from "@/api/types";
import { Rows, Section } from "../Page";
import { type Mood, parts } from "./health";

const icons = { good: CircleCheck, warn: TriangleAlert, bad: CircleAlert } as const;
const tones: Record<Mood, string> = { good: "text-good", warn: "text-warn", bad: "text-bad" };

/** One line for each part; what is wrong says what to do. */
export function Health({ system }: { system: System }) {
  const { t, i18n } = useTranslation("system");
  return (
    <Section title={t("health.title")}>
      <Rows label={t("health.title")}>
        {parts(system, Date.now()).map((p) => {
          const Icon = icons[p.mood];
          return (
            <li key={p.name} className="flex items-start gap-3 px-4 py-3">
              <Icon className={`mt-0.5 size-4 shrink-0 ${tones[p.mood]}`} aria-label={t(`mood.${p.mood}`)} />
              <div className="min-w-0 flex-1">
                <p className="text-sm font-medium">{t(`part.${p.name}`)}</p>
                <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">
                  {t(`says.${p.says}`, { count: p.count, minutes: new Intl.NumberFormat(i18n.language).format(p.minutes) })}
                </p>
              </div>
            </li>
          );
        })}
      </Rows>
    </Section>
  );
}
