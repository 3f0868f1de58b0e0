import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Webhook, WebhookReceiver, WebhookWithSecret } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog, ErrorState, toast } from "@/ui";
import { ChoiceField, TextField } from "@/ui/form";
import { RowsSkeleton } from "../Page";
import { EventChoice } from "./EventChoice";
import { useEventKinds } from "./queries";
import { SecretOnce } from "./SecretOnce";

/** Makes a webhook, or changes one. */
export function WebhookDialog({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const navigate = useNavigate();
  const kinds = useEventKinds();
  const [name, setName] = useState(webhook?.name ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [events, setEvents] = useState<string[]>(webhook?.events ?? ["conversation.*", "message.*"]);
  const [reach, setReach] = useState<string>(webhook?.reach ?? "");
  const [made, setMade] = useState<WebhookWithSecret | null>(null);
  const submit = useSubmit();
  const post = usePostOnce();
  const title = made ? t("secret.title") : webhook ? t("form.change") : t("new");
  const close = () => {
    onClose();
    if (made) void navigate({ to: "/settings/webhooks/$id", params: { id: made.id } });
  };
  return (
    <Dialog open onOpenChange={(open) => !open && close()} title={title} className="w-[min(600px,calc(100vw-24px))]">
      {made ? (
        <SecretOnce secret={made.secret} onDone={close} />
      ) : kinds.isError ? (
        <ErrorState title={t("form.kindsFailed")} error={kinds.error} onRetry={() => void kinds.refetch()} />
      ) : !kinds.data ? (
        <RowsSkeleton />
      ) : (
        <form
          ref={submit.form}
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            void submit.run(
              async () => {
                const body = { name: name.trim(), url: url.trim(), events, reach: reach || undefined };
                if (webhook) {
                  client.setQueryData(["webhook", webhook.id], await api.patch<Webhook>(`/webhook-subscriptions/${webhook.id}`, body));
                  toast(t("saved"));
                  onClose();
                } else {
                  setMade(await post<WebhookWithSecret>("/webhook-subscriptions", body));
                }
                await client.invalidateQueries({ queryKey: ["webhooks"] });
              },
              { name: !name.trim() && t("form.nameMissing"), url: !url.trim() && t("form.urlMissing"), events: events.length === 0 && t("form.eventsMissing") },
            );
          }}
        >
          {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
          <TextField
            label={t("form.name")}
            autoFocus
            maxLength={80}
            autoComplete="off"
            value={name}
            onChange={(v) => {
              setName(v);
              submit.clear("name");
            }}
            error={submit.errors.name}
          />
          <div>
            <TextField
              label={t("form.url")}
              inputMode="url"
              placeholder="https://example.com/webhooks"
              autoComplete="off"
              value={url}
              onChange={(v) => {
                setUrl(v);
                submit.clear("url");
              }}
              hint={t("form.urlHint")}
              error={submit.errors.url}
            />
            <Button
              variant="ghost"
              size="sm"
              className="mt-1 -ms-2"
              onClick={() =>
                void submit.run(async () => {
                  const receiver = await api.put<WebhookReceiver>("/webhook-receiver", {});
                  client.setQueryData(["webhook-receiver"], receiver);
                  setUrl(receiver.url);
                })
              }
            >
              <FlaskConical aria-hidden />
              {t("form.useReceiver")}
            </Button>
          </div>
          <EventChoice
            all={kinds.data}
            value={events}
            onChange={(v) => {
              setEvents(v);
              submit.clear("events");
            }}
            error={submit.errors.events}
          />
          <ChoiceField
            label={t("form.reach")}
            value={reach}
            onChange={(v) => {
              setReach(v);
              submit.clear("reach");
            }}
            options={[...(webhook ? [] : [{ value: "", label: t("reach.most") }]), { value: "all", label: t("reach.all") }, { value: "owner", label: t("reach.owner") }]}
            hint={t("form.reachHint")}
            error={submit.errors.reach}
          />
          <div className="flex justify-end gap-2">
            <Button variant="ghost" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" variant="primary" loading={submit.busy}>
              {webhook ? t("save") : t("form.create")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
