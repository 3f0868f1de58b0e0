import { useNavigate } from "@tanstack/react-router";
import i18n from "i18next";
import { Archive, Ban, CalendarClock, CircleCheck, CircleDashed, Clock, Eye, Inbox, type LucideIcon, Search, SquarePen, Trash2, UserRound } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { caps } from "@/lib/keys";
import { Avatar, ChannelDisc, IconButton } from "@/ui";
import { PresenceDot } from "@/ui/PresenceDot";
import { TeamBadge } from "@/ui/TeamBadge";
import { bus, newConversation } from "../bus";
import type { View as Saved } from "@/api/types";
import { useKeys } from "@/lib/keymap";
import { statusOf, useAvailability, useChannels, useCounts, useMe, useMembers, useTeams } from "../data";
import type { Filter } from "../filter";
import { withFilterWords } from "./words";

const Checklist = lazy(async () => {
  const [module] = await Promise.all([import("@/features/setup/Checklist"), i18n.loadNamespaces("setup")]);
  return { default: module.Checklist };
});

const SavedViews = lazy(() => withFilterWords(import("./SavedViews")).then((m) => ({ default: m.SavedViews })));

interface View {
  key: string;
  icon: LucideIcon;
  filter: Filter;
  count?: number;
  strong?: boolean;
}

const same = (a: Filter, b: Filter) =>
  (a.status ?? "open") === (b.status ?? "open") &&
  a.assignee === b.assignee &&
  a.channel_id === b.channel_id &&
  a.team === b.team &&
  !a.tag &&
  !a.unread &&
  !a.text &&
  !a.filter &&
  !a.view &&
  !a.following === !b.following;

interface Props {
  filter: Filter;
  onView: (filter: Filter) => void;
  /** Opens the form of a saved view; without one that of a new one. */
  onEdit: (view: Saved | null, copy?: boolean) => void;
}

/** Ready-made looks at the inbox with their live counts, those one has kept, the channels with their health, the team. */
export function ViewsPane({ filter, onView, onEdit }: Props) {
  const { t } = useTranslation("inbox");
  const me = useMe();
  const counts = useCounts();
  const channels = useChannels();
  const members = useMembers();
  const teams = useTeams();
  const presence = useAvailability();
  const navigate = useNavigate();
  const keysOf = useKeys();
  const views: View[] = [
    { key: "mine", icon: UserRound, filter: { assignee: "me" }, count: counts?.mine, strong: true },
    { key: "unassigned", icon: CircleDashed, filter: { assignee: "none" }, count: counts?.unassigned, strong: true },
    { key: "open", icon: Inbox, filter: {}, count: counts?.open },
    { key: "following", icon: Eye, filter: { following: true }, count: counts?.following },
    { key: "snoozed", icon: Clock, filter: { status: "snoozed" }, count: counts?.snoozed },
    { key: "closed", icon: CircleCheck, filter: { status: "resolved" } },
    { key: "archived", icon: Archive, filter: { status: "archived" } },
    { key: "spam", icon: Ban, filter: { status: "spam" }, count: counts?.spam },
  ];

  return (
    <nav aria-label={t("views.label")} className="scroll flex h-full flex-col overflow-y-auto pe-2 pb-2 max-lg:ps-2">
      <div className="sticky top-0 z-10 bg-canvas pt-0.5 pb-2">
        <div className="flex h-9 items-center gap-1 ps-2">
          <span className="min-w-0 flex-1 truncate text-md font-semibold tracking-[-0.012em]">{me?.workspace.name}</span>
          <IconButton label={t("new")} keys={keysOf("newConversation")} size="sm" onClick={() => newConversation()}>
            <SquarePen />
          </IconButton>
        </div>
        <button
          type="button"
          onClick={() => bus.emit("palette")}
          className="mt-1.5 flex h-8 w-full items-center gap-2 rounded-sm bg-press/60 px-2 text-sm text-ink-3 hover:bg-press max-md:h-11"
        >
          <Search className="size-4 shrink-0" aria-hidden />
          <span className="min-w-0 flex-1 truncate text-start">{t("views.search")}</span>
          <span aria-hidden className="text-2xs max-md:hidden">
            {caps(keysOf("palette") ?? "").join(" ")}
          </span>
        </button>
      </div>
      <ul className="space-y-px">
        {views.map((v) => (
          <Item key={v.key} active={same(filter, v.filter)} onClick={() => onView(v.filter)} count={v.count} strong={v.strong} icon={<v.icon strokeWidth={1.8} />}>
            {t(`view.${v.key}`)}
          </Item>
        ))}
        <Item active={false} onClick={() => void navigate({ to: "/scheduled" })} count={counts?.scheduled} icon={<CalendarClock strokeWidth={1.8} />}>
          {t("view.scheduled")}
        </Item>
        {me?.permissions.includes("conversations.delete") && (
          <Item active={false} onClick={() => void navigate({ to: "/trash" })} icon={<Trash2 strokeWidth={1.8} />}>
            {t("view.trash")}
          </Item>
        )}
      </ul>
      <Suspense fallback={<div className="mt-4 h-20" />}>
        <SavedViews filter={filter} counts={counts} onView={onView} onEdit={onEdit} />
      </Suspense>
      {channels.length > 0 && (
        <Group title={t("views.channels")}>
          {channels.map((c) => {
            const broken = c.status === "error" || c.status === "disconnected";
            const note = broken ? t("views.broken") : c.status === "inactive" ? t("views.paused") : undefined;
            return (
              <Item
                key={c.id}
                active={filter.channel_id === c.id && !filter.view}
                onClick={() => onView({ channel_id: c.id })}
                count={counts?.[c.id]}
                title={broken ? (c.sync_error ?? note) : note}
                icon={<ChannelDisc channel={c.channel} provider={c.provider} size={16} plain />}
                mark={note && <span role="img" aria-label={note} className={cn("size-2 shrink-0 rounded-full", broken ? "bg-bad" : "bg-line-control")} />}
              >
                {c.name}
              </Item>
            );
          })}
        </Group>
      )}
      {teams.length > 0 && (
        <Group title={t("views.teams")}>
          {teams.map((team) => (
            <Item
              key={team.id}
              active={filter.team === team.id && !filter.view}
              onClick={() => onView({ team: team.id })}
              count={counts?.[team.id]}
              icon={<TeamBadge hue={team.hue} icon={team.icon} size={18} />}
            >
              {team.name}
            </Item>
          ))}
        </Group>
      )}
      {members.length > 1 && (
        <Group title={t("views.team")}>
          {members.map((m) => {
            const status = statusOf(presence, m.id);
            const load = presence.get(m.id);
            return (
              <Item
                key={m.id}
                active={filter.assignee === m.id && !filter.view}
                onClick={() => onView({ assignee: m.id })}
                count={counts?.[m.id]}
                title={load?.capacity ? t("views.load", { open: load.open ?? counts?.[m.id] ?? 0, capacity: load.capacity }) : undefined}
                icon={
                  <Avatar name={m.name} id={m.id} size={20} className="-ms-0.5" badge={<PresenceDot status={status} label={t(`presence.${status}`)} className="me-0.5 mb-0.5" />} />
                }
              >
                {m.name}
              </Item>
            );
          })}
        </Group>
      )}
      <div className="min-h-4 flex-1" />
      <Suspense fallback={null}>
        <Checklist />
      </Suspense>
    </nav>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="mt-4">
      <h2 className="mb-1 px-2 text-2xs font-medium text-ink-3">{title}</h2>
      <ul className="space-y-px">{children}</ul>
    </section>
  );
}

interface ItemProps {
  icon: ReactNode;
  children: ReactNode;
  active: boolean;
  onClick: () => void;
  count?: number;
  strong?: boolean;
  title?: string;
  mark?: ReactNode;
}
function Item({ icon, children, active, onClick, count, strong, title, mark }: ItemProps) {
  const { i18n: language } = useTranslation();
  return (
    <li>
      <button
        type="button"
        title={title}
        aria-current={active ? "page" : undefined}
        onClick={onClick}
        className={cn(
          "inset-focus flex h-[30px] w-full items-center gap-2.5 rounded-sm px-2 text-start text-sm max-md:h-11 [&_svg]:size-4",
          active ? "bg-raised font-medium text-ink shadow-1" : "text-ink-2 hover:bg-press/60 hover:text-ink",
        )}
      >
        <span className={cn("flex w-4 shrink-0 justify-center", active ? "text-accent-ink" : "text-ink-3")}>{icon}</span>
        <span className="min-w-0 flex-1 truncate">{children}</span>
        {mark}
        {!!count && (
          <span className={cn("tnum shrink-0 text-2xs", strong ? "font-semibold text-accent-ink" : "font-normal text-ink-3")}>{count.toLocaleString(language.language)}</span>
        )}
      </button>
    </li>
  );
}
