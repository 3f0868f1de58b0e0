import { useQuery } from "@tanstack/react-query";
import { Check, Minus, RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Usage } from "@/api/types";
import { bytes, dateTime } from "@/lib/dates";
import { Badge, ErrorState } from "@/ui";
import { Rows, RowsSkeleton, Section, SettingsPage } from "../Page";
import { byMonth } from "./months";

/** How much the workspace is used, and what its plan includes. */
export function UsagePage() {
  const { t, i18n } = useTranslation("usage");
  const usage = useQuery({
    queryKey: ["usage"],
    queryFn: () => api.get<Usage>("/usage"),
    staleTime: 0,
    // Newer numbers are on their way.
    refetchInterval: (q) => (q.state.data?.counting ? 1_500 : false),
  });
  const u = usage.data;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} needs="teams.manage">
      {usage.isError ? (
        <ErrorState title={t("failed")} error={usage.error} onRetry={() => void usage.refetch()} />
      ) : !u ? (
        <RowsSkeleton count={5} />
      ) : (
        <>
          <p className="mb-4 flex items-center gap-2 text-sm text-ink-3" aria-live="polite">
            {u.counting && <RefreshCw className="size-3.5 animate-spin motion-reduce:animate-none" aria-hidden />}
            {u.counted_at ? t(u.counting ? "countedAgain" : "counted", { at: dateTime(u.counted_at, i18n.language) }) : t("counting")}
          </p>
          <Totals usage={u} />
          <Section title={t("months.title")} lead={t("months.lead")}>
            <Months usage={u} />
          </Section>
          <Section title={t("plan.title", { tier: u.plan.tier })} lead={t("plan.lead")}>
            <Plan usage={u} />
          </Section>
        </>
      )}
    </SettingsPage>
  );
}

/** A number that is not known yet is a dash, not a zero. */
function Totals({ usage: u }: { usage: Usage }) {
  const { t, i18n } = useTranslation("usage");
  const count = (n: number) => new Intl.NumberFormat(i18n.language).format(n);
  const counted = (text: string) => (u.counted_at ? text : "–");
  const cards: [string, string, ReactNode][] = [
    [t("members"), count(u.members.active), u.members.ended > 0 && t("membersEnded", { count: u.members.ended })],
    [t("conversations"), counted(count(u.conversations.total)), u.counted_at && t("conversationsOpen", { count: u.conversations.open })],
    [t("files"), counted(bytes(u.storage.file_bytes, i18n.language)), u.counted_at && t("filesCount", { count: u.storage.files })],
    [t("database"), counted(bytes(u.storage.database_bytes, i18n.language)), t("databaseHint")],
    [t("webhooks"), counted(count(u.webhooks.delivered)), u.counted_at && t("webhooksRest", { failed: count(u.webhooks.failed), waiting: count(u.webhooks.waiting) })],
  ];
  return (
    <dl className="mb-8 grid grid-cols-[repeat(auto-fill,minmax(190px,1fr))] gap-3">
      {cards.map(([label, value, hint]) => (
        <div key={label} className="rounded-lg border border-line bg-raised p-4">
          <dt className="text-xs text-ink-3">{label}</dt>
          <dd className="mt-1 text-xl font-semibold tabular-nums [overflow-wrap:anywhere]">{value}</dd>
          {hint && <dd className="mt-1 text-xs text-ink-3">{hint}</dd>}
        </div>
      ))}
    </dl>
  );
}

function Months({ usage: u }: { usage: Usage }) {
  const { t, i18n } = useTranslation("usage");
  const count = (n: number) => new Intl.NumberFormat(i18n.language).format(n);
  const name = (month: string) => new Intl.DateTimeFormat(i18n.language, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`));
  const months = byMonth(u.months);
  if (months.length === 0) return <p className="rounded-lg border border-line bg-raised p-4 text-sm text-ink-2">{t(u.counted_at ? "months.none" : "counting")}</p>;
  const head = "px-3 py-2 text-end text-xs font-medium text-ink-3";
  const cell = "px-3 py-2 text-end tabular-nums";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keys
    <section className="scroll overflow-x-auto rounded-lg border border-line bg-raised" tabIndex={0} aria-label={t("months.title")}>
      <table className="w-full min-w-[560px] text-sm">
        <thead>
          <tr className="border-b border-line">
            <th scope="col" className="px-3 py-2 text-start text-xs font-medium text-ink-3">
              {t("months.channel")}
            </th>
            {(["inbound", "outbound", "automatic", "conversations"] as const).map((c) => (
              <th key={c} scope="col" className={head}>
                {t(`months.${c}`)}
              </th>
            ))}
          </tr>
        </thead>
        {months.map((m) => (
          <tbody key={m.month} className="border-line not-last:border-b">
            <tr className="bg-subtle font-medium">
              <th scope="rowgroup" className="px-3 py-2 text-start font-medium">
                {name(m.month)}
              </th>
              <td className={cell}>{count(m.inbound)}</td>
              <td className={cell}>{count(m.outbound)}</td>
              <td className={cell}>{count(m.automatic)}</td>
              <td className={cell}>{count(m.conversations)}</td>
            </tr>
            {m.channels.map((c) => (
              <tr key={c.channel_id} className="text-ink-2">
                <th scope="row" className="max-w-[280px] truncate px-3 py-1.5 ps-6 text-start font-normal">
                  {c.channel_name ?? t("months.gone")}
                </th>
                <td className={cell}>{count(c.inbound)}</td>
                <td className={cell}>{count(c.outbound)}</td>
                <td className={cell}>{count(c.automatic)}</td>
                <td className={cell}>{count(c.conversations)}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

function Plan({ usage: u }: { usage: Usage }) {
  const { t, i18n } = useTranslation("usage");
  const count = (n: number) => new Intl.NumberFormat(i18n.language).format(n);
  return (
    <Rows label={t("plan.title", { tier: u.plan.tier })}>
      {u.plan.features.map((f) => (
        <li key={f.name} className="flex items-center gap-3 px-4 py-3 text-sm">
          {f.included ? <Check className="size-4 text-good" aria-hidden /> : <Minus className="size-4 text-ink-3" aria-hidden />}
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{t(`plan.feature.${f.name}`, { defaultValue: f.name })}</span>
          <Badge tone={f.included ? "good" : undefined}>{f.included ? t("plan.included") : t("plan.from", { tier: f.tier })}</Badge>
        </li>
      ))}
      {u.plan.limits.map((l) => (
        <li key={l.name} className="flex items-center gap-3 px-4 py-3 text-sm">
          <span className="min-w-0 flex-1 ps-7">{t(`plan.limit.${l.name}`, { defaultValue: l.name })}</span>
          <meter className="sr-only" min={0} max={l.most} value={l.used} aria-label={t(`plan.limit.${l.name}`, { defaultValue: l.name })} />
          <span className={`tabular-nums ${l.used >= l.most ? "font-medium text-bad" : "text-ink-2"}`}>{t("plan.used", { used: count(l.used), most: count(l.most) })}</span>
        </li>
      ))}
      <li className="px-4 py-3 ps-11 text-sm text-ink-3">{t("plan.unlimited")}</li>
    </Rows>
  );
}
