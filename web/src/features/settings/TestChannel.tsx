import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { Button } from "@/ui";
import { TextField } from "@/ui/form";
import { StepList, type TriedStep } from "./StepList";

/** Tries the whole channel step by step; with an address, one real message leaves. */
export function TestChannel({ id }: { id: string }) {
  const { t } = useTranslation("settings");
  const [to, setTo] = useState("");
  const test = useMutation({ mutationFn: () => api.post<{ ok: boolean; steps: TriedStep[] }>(`/channels/${id}/test`, to.trim() ? { to: to.trim() } : {}) });
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
        {test.data && <StepList steps={test.data.steps} />}
      </div>
    </form>
  );
}
