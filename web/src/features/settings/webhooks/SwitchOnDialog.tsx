import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Webhook } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog } from "@/ui";
import { SwitchField } from "@/ui/form";

/** On again, with what happened meanwhile or without it. */
export function SwitchOnDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const [catchUp, setCatchUp] = useState(false);
  const submit = useSubmit();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("on.title", { name: webhook.name })}>
      <form
        ref={submit.form}
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(async () => {
            const on = await api.patch<Webhook>(`/webhook-subscriptions/${webhook.id}`, { status: "active", catch_up: catchUp });
            client.setQueryData(["webhook", webhook.id], on);
            await client.invalidateQueries({ queryKey: ["webhooks"] });
            await client.invalidateQueries({ queryKey: ["webhook-deliveries", webhook.id] });
            onClose();
          });
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
        <SwitchField label={t("on.catchUp")} hint={t("on.catchUpHint")} checked={catchUp} onChange={setCatchUp} />
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy}>
            {t("switchOn")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
