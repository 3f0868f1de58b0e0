import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Webhook, WebhookWithSecret } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog } from "@/ui";
import { ChoiceField } from "@/ui/form";
import { SecretOnce } from "./SecretOnce";

const HOURS = ["0", "1", "24", "168"] as const;

/** A new secret; for a while the old one signs beside it. */
export function RotateDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const [hours, setHours] = useState<string>("24");
  const [secret, setSecret] = useState<string | null>(null);
  const submit = useSubmit();
  const post = usePostOnce();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={secret ? t("secret.title") : t("rotate.title")}>
      {secret ? (
        <SecretOnce secret={secret} onDone={onClose} />
      ) : (
        <form
          ref={submit.form}
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            void submit.run(async () => {
              const made = await post<WebhookWithSecret>(`/webhook-subscriptions/${webhook.id}/rotate-secret`, { overlap_hours: Number(hours) });
              setSecret(made.secret);
              await client.invalidateQueries({ queryKey: ["webhook", webhook.id] });
            });
          }}
        >
          {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
          <p className="text-sm text-ink-2">{t("rotate.text")}</p>
          <ChoiceField
            label={t("rotate.overlap")}
            value={hours}
            onChange={setHours}
            options={HOURS.map((value) => ({ value, label: t(`rotate.hours.${value}`) }))}
            error={submit.errors.overlap_hours}
          />
          <div className="flex justify-end gap-2">
            <Button variant="ghost" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" variant="primary" loading={submit.busy}>
              {t("rotate.do")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
