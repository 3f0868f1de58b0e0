import { CircleAlert, CircleCheck, CircleDashed } from "lucide-react";
import { useTranslation } from "react-i18next";

export interface TriedStep {
  step: "credentials" | "incoming" | "folders" | "outgoing" | "webhook" | "send" | "receive";
  ok: boolean;
  detail: string;
}

/** What trying a channel came to, step by step. */
export function StepList({ steps }: { steps: readonly TriedStep[] }) {
  const { t } = useTranslation("settings");
  return (
    <ul className="divide-y divide-line rounded-md border border-line bg-subtle" aria-label={t("trial.result")}>
      {steps.map((s) => {
        const Icon = s.ok ? CircleCheck : s.step === "receive" ? CircleDashed : CircleAlert;
        const tone = s.ok ? "text-good" : s.step === "receive" ? "text-ink-3" : "text-bad";
        return (
          <li key={s.step} className="flex items-start gap-2.5 px-3 py-2.5 text-sm max-md:flex-wrap">
            <Icon className={`mt-px size-4 shrink-0 ${tone}`} aria-hidden />
            <span className="w-32 shrink-0 font-medium max-md:w-[calc(100%-2rem)]">{t(`trial.step.${s.step}`)}</span>
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere] max-md:basis-full max-md:ps-6.5">{s.detail}</span>
          </li>
        );
      })}
    </ul>
  );
}
