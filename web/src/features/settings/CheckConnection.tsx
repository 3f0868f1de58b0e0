import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { Button } from "@/ui";
import { StepList, type TriedStep } from "./StepList";

/** Asks the provider whether the connection works and says the answer in its words. */
export function CheckConnection({ id, auto }: { id: string; auto?: boolean }) {
  const { t } = useTranslation("settings");
  const check = useMutation({ mutationFn: () => api.post<{ ok: boolean; detail: string; steps: TriedStep[] }>(`/channels/${id}/check`, {}) });
  const asked = useRef(false);
  const { mutate } = check;
  useEffect(() => {
    if (!auto || asked.current) return;
    asked.current = true;
    mutate();
  }, [auto, mutate]);
  const good = check.data?.ok;
  const text = check.isError
    ? (check.error instanceof ApiError && check.error.detail) || t("failed")
    : check.data
      ? check.data.detail || t(check.data.ok ? "channel.checkGood" : "channel.checkBad")
      : null;
  return (
    <div className="flex flex-col items-start gap-3">
      <div aria-live="polite" className="w-full">
        {check.data && check.data.steps.length > 1 ? (
          <StepList steps={check.data.steps} />
        ) : (
          text && (
            <div className={`flex items-start gap-2.5 rounded-md border px-3 py-2.5 text-sm ${good ? "border-good/30 bg-good-soft" : "border-bad/30 bg-bad-soft"}`}>
              {good ? <CircleCheck className="mt-px size-4 shrink-0 text-good" aria-hidden /> : <CircleAlert className="mt-px size-4 shrink-0 text-bad" aria-hidden />}
              <span className="min-w-0 [overflow-wrap:anywhere]">{text}</span>
            </div>
          )
        )}
      </div>
      <Button onClick={() => check.mutate()} loading={check.isPending}>
        {t(check.data || check.isError ? "channel.checkAgain" : "channel.check")}
      </Button>
    </div>
  );
}
