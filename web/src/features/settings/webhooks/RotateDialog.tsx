import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Webhook, WebhookWithSecret } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { FormDialog } from "@/ui/FormDialog";
import { ChoiceField } from "@/ui/form";
import { SecretOnce } from "./SecretOnce";

const HOURS = ["0", "1", "24", "168"] as const;

/** A new secret; for a while the old one signs beside it. */
export function RotateDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const overlaps = webhook.format === "standard";
  const [hours, setHours] = useState<string>(overlaps ? "24" : "0");
  const [secret, setSecret] = useState<string | null>(null);
  const submit = useSubmit();
  const post = usePostOnce();
  return (
    <FormDialog
      title={secret ? t("secret.title") : t("rotate.title")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const made = await post<WebhookWithSecret>(`/webhook-subscriptions/${webhook.id}/rotate-secret`, { overlap_hours: Number(hours) });
        setSecret(made.secret);
        await client.invalidateQueries({ queryKey: ["webhook", webhook.id] });
      }}
      save={t("rotate.do")}
      instead={secret && <SecretOnce secret={secret} format={webhook.format} onDone={onClose} />}
    >
      <p className="text-sm text-ink-2">{t(overlaps ? "rotate.text" : "rotate.atOnce")}</p>
      {overlaps && (
        <ChoiceField
          label={t("rotate.overlap")}
          value={hours}
          onChange={setHours}
          options={HOURS.map((value) => ({ value, label: t(`rotate.hours.${value}`) }))}
          error={submit.errors.overlap_hours}
        />
      )}
    </FormDialog>
  );
}
