import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Webhook } from "@/api/types";
import { useSubmit } from "@/lib/submit";
import { toast } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { ChoiceField } from "@/ui/form";

const HOURS = ["1", "24", "168", "720"] as const;

/** Sends again what failed since a time. */
export function ReplayDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const [hours, setHours] = useState<string>("24");
  const submit = useSubmit();
  return (
    <FormDialog
      title={t("replay.some")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const since = new Date(Date.now() - Number(hours) * 3_600_000).toISOString();
        const { count } = await api.post<{ count: number }>(`/webhook-subscriptions/${webhook.id}/replay`, { since });
        await client.invalidateQueries({ queryKey: ["webhook-deliveries", webhook.id] });
        toast(t("replay.count", { count }));
        onClose();
      }}
      save={t("replay.do")}
    >
      <p className="text-sm text-ink-2">{t("replay.text")}</p>
      <ChoiceField
        label={t("replay.since")}
        value={hours}
        onChange={setHours}
        options={HOURS.map((value) => ({ value, label: t(`replay.hours.${value}`) }))}
        error={submit.errors.since}
      />
    </FormDialog>
  );
}
