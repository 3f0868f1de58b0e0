import { AtSign, CircleCheck, CircleDashed, Clock, Inbox, type LucideIcon, PenSquare, Search, ShieldX } from "lucide-react";
import i18n from "i18next";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Avatar, ChannelGlyph, IconButton } from "@/ui";
import { bus, newConversation } from "../bus";
import { useChannels, useChannelTypes, useMe, useMembers, usePresence, useStatistics } from "../data";
import type { Filter } from "../filter";

const Checklist = lazy(async () => {
  const [module] = await Promise.all([import("@/features/setup/Checklist"), i18n.loadNamespaces("setup")]);
  return { default: module.Checklist };
});

interface View {
  key: string;
  icon: LucideIcon;
  filter: Filter;
  count?: number;
  strong?: boolean;
}

const same = (a: Filter, b: Filter) =>
  (a.status ?? "open") === (b.status ?? "open") && a.assignee === b.assignee && a.channel_id === b.channel_id && !a.tag && !a.unread && !a.text;

/** Ready-made looks at the inbox with their live counts, the channels with their health, the team. */
export function ViewsPane({ filter, onView }: { filter: Filter; onView: (filter: Filter) => void }) {
  const { t } = useTranslation("inbox");
  const me = useMe();
  const stats = useStatistics().data;
  const channels = useChannels();
  const types = useChannelTypes();
  const members = useMembers();
  const online = usePresence((s) => s.online);
  const views: View[] = [
    { key: "mine", icon: AtSign, filter: { assignee: "me" }, count: stats?.mine, strong: true },
    { key: "unassigned", icon: CircleDashed, filter: { assignee: "none" }, count: stats?.unassigned, strong: true },
    { key: "open", icon: Inbox, filter: {}, count: stats?.open },
    { key: "snoozed", icon: Clock, filter: { status: "snoozed" }, count: stats?.by_status.snoozed },
    { key: "closed", icon: CircleCheck, filter: { status: "resolved" } },
    { key: "spam", icon: ShieldX, filter: { status: "spam" }, count: stats?.by_status.spam },
  ];
  const row = "flex h-8 w-full items-center gap-2.5 rounded-sm px-2 text-start text-sm max-md:h-11";
  const look = (on: boolean) => `${row} ${on ? "bg-sheet font-medium text-ink shadow-1" : "text-ink-2 hover:bg-hover"}`;
  return (
    <nav aria-label={t("views.label")} className="scroll flex h-full flex-col gap-0.5 overflow-y-auto px-2 py-3">
      <div className="mb-2 flex items-center gap-1 ps-2">
        <span className="flex-1 truncate text-md font-semibold">{me?.workspace.name}</span>
        <IconButton label={t("new")} onClick={() => newConversation()}>
          <PenSquare />
        </IconButton>
      </div>
      <button
        type="button"
        onClick={() => bus.emit("palette")}
        className="mb-3 flex h-8 items-center gap-2 rounded-sm bg-hover px-2.5 text-sm text-ink-3 hover:bg-press max-md:h-11"
      >
        <Search className="size-4" aria-hidden />
        <span className="flex-1 truncate text-start">{t("views.search")}</span>
        <kbd className="text-2xs">⌘K</kbd>
      </button>
      {views.map((v) => (
        <button key={v.key} type="button" aria-current={same(filter, v.filter) ? "page" : undefined} className={look(same(filter, v.filter))} onClick={() => onView(v.filter)}>
          <v.icon className="size-4 shrink-0" aria-hidden />
          <span className="flex-1 truncate">{t(`view.${v.key}`)}</span>
          {!!v.count && <span className={`text-xs tabular-nums ${v.strong ? "font-medium text-accent" : "text-ink-3"}`}>{v.count.toLocaleString()}</span>}
        </button>
      ))}
      {channels.length > 0 && <h2 className="mt-4 mb-1 px-2 text-2xs font-medium text-ink-3">{t("views.channels")}</h2>}
      {channels.map((c) => {
        const type = types.find((d) => d.id === c.provider);
        const broken = c.status === "error" || c.status === "disconnected";
        const on = filter.channel_id === c.id;
        const count = stats?.by_channel[c.id];
        return (
          <button key={c.id} type="button" aria-current={on ? "page" : undefined} className={look(on)} onClick={() => onView({ channel_id: c.id })} title={broken ? (c.sync_error ?? undefined) : undefined}>
            <span className="grid size-4 shrink-0 place-items-center" style={{ color: `oklch(var(--channel-l, 0.5) 0.12 ${type?.hue ?? 210})` }}>
              <ChannelGlyph icon={type?.icon ?? c.provider} name={c.name} size={16} />
            </span>
            <span className="flex-1 truncate">{c.name}</span>
            {broken && (
              <span className="size-2 rounded-full bg-bad">
                <span className="sr-only">{t("views.broken")}</span>
              </span>
            )}
            {!!count && <span className="text-xs tabular-nums text-ink-3">{count.toLocaleString()}</span>}
          </button>
        );
      })}
      {members.length > 1 && <h2 className="mt-4 mb-1 px-2 text-2xs font-medium text-ink-3">{t("views.team")}</h2>}
      {members.length > 1 &&
        members.map((m) => {
          const on = filter.assignee === m.id;
          const here = online.has(m.id);
          return (
            <button key={m.id} type="button" aria-current={on ? "page" : undefined} className={look(on)} onClick={() => onView({ assignee: m.id })}>
              <span className="relative">
                <Avatar name={m.name} id={m.id} size={20} />
                <span className={`absolute -right-0.5 -bottom-0.5 size-2 rounded-full ring-2 ring-canvas ${here ? "bg-good" : "bg-ink-3"}`}>
                  <span className="sr-only">{t(here ? "views.online" : "views.away")}</span>
                </span>
              </span>
              <span className="flex-1 truncate">{m.name}</span>
              <span className="text-xs tabular-nums text-ink-3">{stats?.by_assignee[m.id] ?? ""}</span>
            </button>
          );
        })}
      <span className="flex-1" />
      <Suspense fallback={null}>
        <Checklist />
      </Suspense>
    </nav>
  );
}
