import { useQuery, useQueryClient } from "@tanstack/react-query";
import { FlaskConical, Inbox, ShieldCheck, ShieldX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { WebhookReceiver } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { ago, dateTime } from "@/lib/dates";
import { useSubmit } from "@/lib/submit";
import { Badge, Button, EmptyState, ErrorState, toast } from "@/ui";
import { CopyField } from "@/ui/CopyField";
import { ChoiceField } from "@/ui/form";
import { RowsSkeleton, Section, SettingsPage } from "../Page";
import { pretty } from "./choice";
import { Text } from "./DeliveryDrawer";

const KEY = ["webhook-receiver"];
const MOODS = ["well", "broken", "gone"] as const;

/** An address of this server to try with: what came to it, and whether its signature is right. */
export function ReceiverPage() {
  const { t } = useTranslation("webhooks");
  const receiver = useQuery({
    queryKey: KEY,
    queryFn: async () => {
      try {
        return await api.get<WebhookReceiver>("/webhook-receiver");
      } catch (e) {
        if (e instanceof ApiError && e.status === 404) return null;
        throw e;
      }
    },
    refetchInterval: (q) => (q.state.data ? 2_000 : false),
  });
  return (
    <SettingsPage title={t("receiver.title")} lead={t("receiver.lead")} back={{ to: "/settings/webhooks", label: t("title") }} adminOnly>
      {receiver.isError && receiver.data === undefined ? (
        <ErrorState title={t("receiver.failed")} error={receiver.error} onRetry={() => void receiver.refetch()} />
      ) : receiver.data === undefined ? (
        <RowsSkeleton />
      ) : receiver.data === null ? (
        <Closed />
      ) : (
        <Opened receiver={receiver.data} />
      )}
    </SettingsPage>
  );
}

function Closed() {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const submit = useSubmit();
  const open = () => submit.run(async () => void client.setQueryData(KEY, await api.put<WebhookReceiver>("/webhook-receiver", {})));
  return (
    <>
      {submit.problem && <Problem>{submit.problem.detail || t("receiver.notOpened")}</Problem>}
      <EmptyState
        icon={FlaskConical}
        text={t("receiver.closed")}
        action={
          <Button variant="primary" loading={submit.busy} onClick={() => void open()}>
            {t("receiver.open")}
          </Button>
        }
      />
    </>
  );
}

function Opened({ receiver: r }: { receiver: WebhookReceiver }) {
  const { t, i18n } = useTranslation("webhooks");
  const client = useQueryClient();
  const [chosen, setChosen] = useState<number | null>(null);
  const change = async (work: () => Promise<WebhookReceiver | null>) => {
    try {
      client.setQueryData(KEY, await work());
    } catch (e) {
      toast((e instanceof ApiError && e.detail) || t("failed"));
    }
  };
  const close = () =>
    change(async () => {
      await api.delete("/webhook-receiver");
      return null;
    });
  const shown = r.requests.find((q) => q.number === chosen) ?? r.requests[0];
  return (
    <>
      <div className="mb-8 grid gap-4 rounded-lg border border-line bg-raised p-4 md:grid-cols-[1fr_220px]">
        <CopyField label={t("receiver.address")} value={r.url} hint={t("receiver.until", { at: dateTime(r.closes_at, i18n.language) })} />
        <ChoiceField
          label={t("receiver.answers")}
          value={r.answers}
          onChange={(answers) => void change(() => api.put<WebhookReceiver>("/webhook-receiver", { answers }))}
          options={MOODS.map((value) => ({ value, label: t(`receiver.mood.${value}`) }))}
        />
      </div>
      <Section title={t("receiver.came", { count: r.requests.length })} action={<Button onClick={() => void close()}>{t("receiver.close")}</Button>}>
        {!shown ? (
          <EmptyState icon={Inbox} text={t("receiver.waiting")} />
        ) : (
          <div className="grid items-start gap-4 md:grid-cols-[260px_minmax(0,1fr)]">
            <ul className="scroll max-h-[60vh] divide-y divide-line overflow-y-auto rounded-lg border border-line bg-raised max-md:max-h-60" aria-label={t("receiver.list")}>
              {r.requests.map((q) => (
                <li key={q.number}>
                  <button
                    type="button"
                    aria-pressed={q.number === shown.number}
                    onClick={() => setChosen(q.number)}
                    className={`inset-focus flex min-h-11 w-full items-center gap-2 px-3 py-2 text-start hover:bg-hover ${q.number === shown.number ? "bg-press" : ""}`}
                  >
                    {q.verified ? (
                      <ShieldCheck className="size-4 shrink-0 text-good" aria-label={t("receiver.right")} />
                    ) : (
                      <ShieldX className="size-4 shrink-0 text-bad" aria-label={t("receiver.wrong")} />
                    )}
                    <span className="min-w-0 flex-1 truncate font-mono text-xs">{kindOf(q.body) ?? `#${q.number}`}</span>
                    <time className="shrink-0 text-xs text-ink-3" dateTime={q.at}>
                      {ago(q.at, i18n.language)}
                    </time>
                  </button>
                </li>
              ))}
            </ul>
            <div className="flex min-w-0 flex-col gap-3">
              <p className="flex flex-wrap items-center gap-2 text-sm">
                <Badge tone={shown.verified ? "good" : "bad"}>{t(shown.verified ? "receiver.right" : "receiver.wrong")}</Badge>
                <span className="text-ink-2">{shown.detail}</span>
                <span className="text-ink-3">{t("receiver.answered", { status: shown.answered })}</span>
              </p>
              <Text label={t("receiver.headers")} value={shown.headers.map((h) => `${h.name}: ${h.value}`).join("\n")} />
              <Text label={t("log.body")} value={pretty(shown.body)} className="max-h-[50vh]" />
            </div>
          </div>
        )}
      </Section>
    </>
  );
}

function kindOf(body: string): string | null {
  try {
    const type: unknown = JSON.parse(body)?.type;
    return typeof type === "string" ? type : null;
  } catch {
    return null;
  }
}
