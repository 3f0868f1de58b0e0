import { Inbox, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Webhook } from "@/api/types";
import { ago, dateTime } from "@/lib/dates";
import { Button, EmptyState, ErrorState } from "@/ui";
import { ChoiceField } from "@/ui/form";
import { Rows, RowsSkeleton, Section } from "../Page";
import { useDeliveries } from "./deliveries";
import { DeliveryDrawer } from "./DeliveryDrawer";
import { useEventKinds } from "./queries";
import { ReplayDialog } from "./ReplayDialog";
import { DeliveryBadge } from "./StateBadge";

const STATES = ["", "delivered", "waiting", "failed"] as const;

/** Everything that was told within thirty days, and what became of it. */
export function Deliveries({ webhook: w, shown, onShow }: { webhook: Webhook; shown: string | null; onShow: (id: string | null) => void }) {
  const { t, i18n } = useTranslation("webhooks");
  const kinds = useEventKinds();
  const [state, setState] = useState("");
  const [event, setEvent] = useState("");
  const [replaying, setReplaying] = useState(false);
  const q = new URLSearchParams({ ...(state && { state }), ...(event && { event }) }).toString();
  const list = useDeliveries(w.id, q);
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const seen = w.events.includes("*") ? kinds.data : kinds.data?.filter((k) => w.events.some((e) => e === k.name || e === `${k.group}.*`));
  return (
    <Section
      title={t("log.title")}
      lead={t("log.lead")}
      action={
        <Button onClick={() => setReplaying(true)} disabled={w.status !== "active"}>
          <RotateCcw aria-hidden />
          {t("replay.some")}
        </Button>
      }
    >
      <div className="mb-3 grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <ChoiceField label={t("log.state")} value={state} onChange={setState} options={STATES.map((value) => ({ value, label: t(value ? `state.${value}` : "log.any") }))} />
        <ChoiceField
          label={t("log.event")}
          value={event}
          onChange={setEvent}
          options={[{ value: "", label: t("log.any") }, ...(seen ?? []).map((k) => ({ value: k.name, label: k.name }))]}
        />
      </div>
      {list.isError && !list.data ? (
        <ErrorState title={t("log.failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton count={5} />
      ) : rows.length === 0 ? (
        <EmptyState icon={Inbox} text={t(q ? "log.noMatch" : "log.empty")} />
      ) : (
        <>
          <Rows label={t("log.title")}>
            {rows.map((d) => (
              <li key={d.id}>
                <button type="button" onClick={() => onShow(d.id)} className="inset-focus flex min-h-11 w-full items-center gap-3 px-4 py-2 text-start hover:bg-hover">
                  <DeliveryBadge delivery={d} />
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-mono text-xs">{d.event}</span>
                    {d.last_error && d.state !== "delivered" && <span className="block truncate text-xs text-ink-3">{d.last_error}</span>}
                  </span>
                  {d.sequence === null && <span className="shrink-0 text-xs text-ink-3">{t("log.test")}</span>}
                  {d.last_status !== null && <span className="tnum shrink-0 text-xs text-ink-2">{d.last_status}</span>}
                  <time className="shrink-0 text-xs tabular-nums text-ink-3" dateTime={d.created_at} title={dateTime(d.created_at, i18n.language)}>
                    {ago(d.created_at, i18n.language)}
                  </time>
                </button>
              </li>
            ))}
          </Rows>
          {list.isFetchNextPageError && (
            <p role="alert" className="mt-3 text-sm font-medium text-bad">
              {t("log.failed")}
            </p>
          )}
          {list.hasNextPage && (
            <Button variant="ghost" className="mt-3" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("log.more")}
            </Button>
          )}
        </>
      )}
      {shown && <DeliveryDrawer webhook={w} id={shown} onClose={() => onShow(null)} />}
      {replaying && <ReplayDialog webhook={w} onClose={() => setReplaying(false)} />}
    </Section>
  );
}
