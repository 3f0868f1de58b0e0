import { Link } from "@tanstack/react-router";
import { Activity, Bell, Inbox, type LucideIcon, MessageSquare, Send, Webhook } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { InspectorEntry, InspectorKind } from "@/api/types";
import { useZone } from "@/features/inbox/data";
import { Badge } from "@/ui";
import { fieldsOf } from "./changes";

const ICONS: Record<InspectorKind, LucideIcon> = { message: MessageSquare, event: Activity, attempt: Send, notification: Bell, webhook: Webhook };
const link = "font-medium text-brand-text underline underline-offset-2";

/** One thing that happened, with whatever else is known of it below. */
export function EntryRow({ entry: e }: { entry: InspectorEntry }) {
  const { i18n } = useTranslation("inspector");
  const zone = useZone();
  const Icon = e.kind === "message" && e.message?.direction === "inbound" ? Inbox : ICONS[e.kind];
  const at = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
  return (
    <li className="flex gap-3 border-line py-3 not-last:border-b">
      <Icon className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden />
      <div className="min-w-0 flex-1 text-sm">
        <div className="flex flex-wrap items-baseline gap-x-2">
          <Head entry={e} />
          <time dateTime={e.at} className="ms-auto shrink-0 text-xs text-ink-3 tabular-nums">
            {at.format(new Date(e.at))}
          </time>
        </div>
        {e.preview && (
          <p className="mt-0.5 line-clamp-2 text-ink-2 [overflow-wrap:anywhere]">
            <bdi>{e.preview}</bdi>
          </p>
        )}
        <Body entry={e} />
      </div>
    </li>
  );
}

function Head({ entry: e }: { entry: InspectorEntry }) {
  const { t } = useTranslation("inspector");
  const strong = (text: ReactNode) => <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{text}</span>;
  if (e.message) {
    const m = e.message;
    const who = m.sender_name ?? t("somebody");
    const what = m.is_note ? "note" : m.direction === "inbound" ? "received" : m.automated_by ? "answeredItself" : "written";
    return strong(t(`message.${what}`, { who }));
  }
  if (e.event) {
    const { event } = e;
    return (
      <>
        {strong(t(`event.${event.kind.replace(".", "_")}`, { defaultValue: event.kind }))}
        <span className="text-xs text-ink-3 [overflow-wrap:anywhere]">
          {event.actor_name ?? t(`actor.${event.actor.split(":")[0]}`, { defaultValue: event.actor })} · <span className="tabular-nums">#{event.seq}</span>
        </span>
      </>
    );
  }
  if (e.attempt) {
    return (
      <>
        {strong(t("attempt.title", { count: e.attempt.attempt }))}
        <Badge tone={e.attempt.outcome === "sent" ? "good" : e.attempt.outcome === "retry" ? "warn" : "bad"}>
          {t(`attempt.outcome.${e.attempt.outcome}`, { defaultValue: e.attempt.outcome })}
        </Badge>
      </>
    );
  }
  if (e.notification) {
    return strong(
      t("notification.title", { who: e.notification.member_name ?? t("somebody"), what: t(`notification.what.${e.notification.kind}`, { defaultValue: e.notification.kind }) }),
    );
  }
  if (e.webhook) {
    const { webhook } = e;
    return (
      <>
        {strong(t("webhook.title", { name: webhook.name, event: webhook.event }))}
        <Badge tone={webhook.state === "delivered" ? "good" : webhook.state === "failed" ? "bad" : "warn"}>{t(`webhook.state.${webhook.state}`)}</Badge>
      </>
    );
  }
  return null;
}

function Body({ entry: e }: { entry: InspectorEntry }) {
  const { t, i18n } = useTranslation("inspector");
  if (e.message) {
    const m = e.message;
    const say = (what: "thread" | "person", r: { code: string; detail?: string | null }) => t(`${what}.${r.code}`, { detail: r.detail ?? "" });
    return (
      <ul className="mt-1 flex list-none flex-col gap-0.5 text-xs text-ink-3 [overflow-wrap:anywhere]">
        {m.thread && <li>{say("thread", m.thread)}</li>}
        {m.person && <li>{say("person", m.person)}</li>}
        {m.direction === "inbound" && !m.verified_sender && <li className="text-warn">{t("message.unverified")}</li>}
        {m.automatic && !m.automated_by && <li>{t("message.automatic")}</li>}
        {m.automated_by && <li>{t(`by.${m.automated_by.replace(".", "_")}`, { defaultValue: m.automated_by })}</li>}
        {m.error && <li className="text-bad">{m.error}</li>}
        {m.journal_id && (
          <li>
            <Link to="/journal" search={{ entry: m.journal_id } as never} className={link}>
              {t("message.journal")}
            </Link>{" "}
            {m.journal_state !== "done" && m.journal_outcome}
          </li>
        )}
      </ul>
    );
  }
  if (e.event) {
    const rows = fieldsOf(e.event.change, i18n.language);
    if (rows.length === 0) return null;
    return (
      <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-xs [overflow-wrap:anywhere]">
        {rows.map((r) => (
          <div key={r.field} className="contents">
            <dt className="text-ink-3">{t(`field.${r.field}`)}</dt>
            <dd className="text-ink-2">
              {r.before && (
                <>
                  <s className="text-ink-3">{r.word ? t(`${r.word}.${r.before}`, { defaultValue: r.before }) : r.before}</s> →{" "}
                </>
              )}
              {r.after ? (r.word ? t(`${r.word}.${r.after}`, { defaultValue: r.after }) : r.after) : t("nothing")}
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  if (e.attempt?.detail) return <p className="mt-1 text-xs text-ink-3 [overflow-wrap:anywhere]">{e.attempt.detail}</p>;
  if (e.notification && e.notification.times > 1) return <p className="mt-1 text-xs text-ink-3">{t("notification.times", { count: e.notification.times })}</p>;
  if (e.webhook) {
    const w = e.webhook;
    return (
      <p className="mt-1 text-xs text-ink-3 [overflow-wrap:anywhere]">
        {t("webhook.attempts", { count: w.attempts })}
        {w.last_status !== null && ` · ${w.last_status}`}
        {w.last_error && ` · ${w.last_error}`}{" "}
        <Link to="/settings/webhooks/$id" params={{ id: w.subscription_id }} className={link}>
          {t("webhook.open")}
        </Link>
      </p>
    );
  }
  return null;
}
