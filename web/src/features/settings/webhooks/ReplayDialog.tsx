import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Webhook } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog, toast } from "@/ui";
import { ChoiceField } from "@/ui/form";

const HOURS = ["1", "24", "168", "720"] as const;

/** Sends again what failed since a time. */
export function ReplayDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const [hours, setHours] = useState<string>("24");
  const submit = useSubmit();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("replay.some")}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(async () => {
            const since = new Date(Date.now() - Number(hours) * 3_600_000).toISOString();
            const { count } = await api.post<{ count: number }>(`/webhook-subscriptions/${webhook.id}/replay`, { since });
            await client.invalidateQueries({ queryKey: ["webhook-deliveries", webhook.id] });
            toast(t("replay.count", { count }));
            onClose();
          });
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
        <p className="text-sm text-ink-2">{t("replay.text")}</p>
        <ChoiceField
          label={t("replay.since")}
          value={hours}
          onChange={setHours}
          options={HOURS.map((value) => ({ value, label: t(`replay.hours.${value}`) }))}
          error={submit.errors.since}
        />
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy}>
            {t("replay.do")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
