import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleDashed } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { Button } from "@/ui";
import { TextField } from "@/ui/form";

interface Step {
  step: "credentials" | "webhook" | "send" | "receive";
  ok: boolean;
  detail: string;
}

/** Tries the whole channel step by step; with an address, one real message leaves. */
export function TestChannel({ id }: { id: string }) {
  const { t } = useTranslation("settings");
  const [to, setTo] = useState("");
  const test = useMutation({ mutationFn: () => api.post<{ ok: boolean; steps: Step[] }>(`/channels/${id}/test`, to.trim() ? { to: to.trim() } : {}) });
  return (
    <form
      className="flex flex-col items-start gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        test.mutate();
      }}
    >
      <div className="flex w-full items-end gap-2 max-md:flex-col max-md:items-stretch">
        <TextField label={t("trial.to")} hint={t("trial.toHint")} optional value={to} onChange={setTo} className="flex-1" autoComplete="off" maxLength={200} />
      </div>
      <Button type="submit" loading={test.isPending}>
        {t("trial.run")}
      </Button>
      <div aria-live="polite" className="w-full">
        {test.isError && <p className="text-sm text-bad">{(test.error instanceof ApiError && test.error.detail) || t("failed")}</p>}
        {test.data && (
          <ul className="divide-y divide-line rounded-md border border-line bg-subtle" aria-label={t("trial.result")}>
            {test.data.steps.map((s) => {
              const Icon = s.ok ? CircleCheck : s.step === "receive" ? CircleDashed : CircleAlert;
              const tone = s.ok ? "text-good" : s.step === "receive" ? "text-ink-3" : "text-bad";
              return (
                <li key={s.step} className="flex items-start gap-2.5 px-3 py-2.5 text-sm">
                  <Icon className={`mt-px size-4 shrink-0 ${tone}`} aria-hidden />
                  <span className="w-24 shrink-0 font-medium">{t(`trial.step.${s.step}`)}</span>
                  <span className="min-w-0 [overflow-wrap:anywhere]">{s.detail}</span>
                </li>
              );
            })}
          </ul>
        )}
      </div>
    </form>
  );
}
