import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Webhook, WebhookDeliveryDetail } from "@/api/types";
import { dateTime } from "@/lib/dates";
import { Badge, Button, Drawer, ErrorState, toast } from "@/ui";
import { RowsSkeleton } from "../Page";
import { pretty } from "./choice";
import { DeliveryBadge } from "./StateBadge";

/** One delivery: what was sent, and what was answered each time. */
export function DeliveryDrawer({ webhook, id, onClose }: { webhook: Webhook; id: string; onClose: () => void }) {
  const { t, i18n } = useTranslation("webhooks");
  const client = useQueryClient();
  const path = `/webhook-subscriptions/${webhook.id}/deliveries/${id}`;
  const [busy, setBusy] = useState(false);
  const one = useQuery({ queryKey: ["webhook-delivery", id], queryFn: () => api.get<WebhookDeliveryDetail>(path), refetchInterval: 3_000 });
  const replay = async () => {
    setBusy(true);
    try {
      await api.post(`${path}/replay`, {});
      await client.invalidateQueries({ queryKey: ["webhook-delivery", id] });
      await client.invalidateQueries({ queryKey: ["webhook-deliveries", webhook.id] });
      toast(t("replay.sent"));
    } catch (e) {
      toast((e instanceof ApiError && e.detail) || t("failed"));
    } finally {
      setBusy(false);
    }
  };
  const d = one.data;
  return (
    <Drawer open onOpenChange={(open) => !open && onClose()} title={d?.event ?? t("log.one")}>
      {one.isError && !d ? (
        <ErrorState title={t("log.oneFailed")} error={one.error} onRetry={() => void one.refetch()} />
      ) : !d ? (
        <RowsSkeleton />
      ) : (
        <div className="flex flex-col gap-5">
          <div className="flex flex-wrap items-center gap-2 text-sm text-ink-2">
            <DeliveryBadge delivery={d} />
            {d.sequence === null && <Badge>{t("log.test")}</Badge>}
            <span>{dateTime(d.created_at, i18n.language)}</span>
            {d.next_attempt_at && <span className="text-ink-3">{t("log.next", { at: dateTime(d.next_attempt_at, i18n.language) })}</span>}
            <Button className="ms-auto" loading={busy} disabled={webhook.status !== "active"} onClick={() => void replay()}>
              <RotateCcw aria-hidden />
              {t("replay.one")}
            </Button>
          </div>
          <section>
            <h3 className="mb-2 text-sm font-semibold">{t("log.attempts", { count: d.attempts_made.length })}</h3>
            {d.attempts_made.length === 0 && <p className="text-sm text-ink-3">{t("log.noAttempt")}</p>}
            <ol className="flex flex-col gap-3">
              {d.attempts_made.map((a) => (
                <li key={a.number} className="rounded-md border border-line">
                  <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-xs text-ink-2">
                    <span className="tnum font-medium text-ink">#{a.number}</span>
                    <Badge tone={a.error ? "bad" : "good"}>{a.status ?? t("log.noAnswer")}</Badge>
                    <time dateTime={a.at}>{dateTime(a.at, i18n.language)}</time>
                    <span className="tnum text-ink-3">{t("log.took", { ms: a.duration_ms })}</span>
                  </div>
                  {a.error && <p className="px-3 pb-2 text-xs text-bad [overflow-wrap:anywhere]">{a.error}</p>}
                  {a.response && <Text label={t("log.answer")} value={pretty(a.response)} className="max-h-40 rounded-t-none border-x-0 border-b-0" />}
                </li>
              ))}
            </ol>
          </section>
          <section>
            <h3 className="mb-2 text-sm font-semibold">{t("log.body")}</h3>
            <p className="mb-2 font-mono text-xs text-ink-3 [overflow-wrap:anywhere]">POST {d.url}</p>
            <Text label={t("log.body")} value={pretty(d.body)} className="max-h-[50vh]" />
          </section>
        </div>
      )}
    </Drawer>
  );
}

/** Text as it is, to be scrolled by keyboard too. */
export function Text({ label, value, className }: { label: string; value: string; className?: string }) {
  return (
    <pre
      role="region"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
      tabIndex={0}
      className={`scroll overflow-auto rounded-sm border border-line bg-subtle p-3 font-mono text-xs leading-[18px] whitespace-pre-wrap text-ink [overflow-wrap:anywhere] ${className ?? ""}`}
    >
      {value}
    </pre>
  );
}
