import { Link } from "@tanstack/react-router";
import { CalendarPlus, Check, Flag, Hourglass, MessagesSquare } from "lucide-react";
import type { TFunction } from "i18next";
import { memo, type ReactNode } from "react";
import type { Conversation, Member } from "@/api/types";
import { cn } from "@/lib/cn";
import { Avatar, Count, Disc, Label, StatusPill } from "@/ui";
import { shortTime } from "./time";

interface Props {
  conversation: Conversation;
  assignee?: Member;
  icon: string;
  hue: number;
  /** The channel carries subjects: the second line begins with it. */
  hasSubject: boolean;
  selected: boolean;
  checked: boolean;
  selecting: boolean;
  compact: boolean;
  typing: boolean;
  now: number;
  tagHues: Record<string, number>;
  /** What it shows besides who and what. */
  columns: readonly string[];
  search: Record<string, unknown>;
  position: number;
  size: number;
  onCheck: (id: string, row: boolean) => void;
  /** From the list, since each row that asks for itself costs as it is scrolled in. */
  t: TFunction<["inbox", "common"]>;
  language: string;
}

/** One conversation in the list: who, what, when, and what it waits for. */
export const ConversationRow = memo(function ConversationRow(p: Props) {
  const { t, language } = p;
  const c = p.conversation;
  const unread = c.unread_count > 0;
  const name = c.contact?.name ?? c.participants[0]?.name ?? c.participants[0]?.address ?? t("nobody");
  const urgent = c.priority === "high" || c.priority === "urgent";
  const shows = (column: string) => p.columns.includes(column);
  const since = (iso: string) => shortTime(iso, p.now, language);
  const facts = [
    shows("number") && <Fact key="number">#{c.number}</Fact>,
    shows("status") && <StatusPill key="status" status={c.status} />,
    shows("waiting_since") && c.waiting_since && (
      <Fact key="waiting" label={t("row.waiting", { time: since(c.waiting_since) })}>
        <Hourglass className="size-3" aria-hidden />
        {since(c.waiting_since)}
      </Fact>
    ),
    shows("created_at") && (
      <Fact key="created" label={t("row.created", { time: since(c.created_at) })}>
        <CalendarPlus className="size-3" aria-hidden />
        {since(c.created_at)}
      </Fact>
    ),
    shows("message_count") && (
      <Fact key="messages" label={t("row.messages", { count: c.message_count })}>
        <MessagesSquare className="size-3" aria-hidden />
        {c.message_count.toLocaleString(language)}
      </Fact>
    ),
    shows("channel") && <Fact key="channel">{c.channel_name}</Fact>,
  ].filter(Boolean);
  const tags = shows("tags") ? c.tags : [];
  const chips = (urgent && shows("priority")) || tags.length > 0 || facts.length > 0 || !!c.sub_status;
  const subject = p.hasSubject ? c.subject : null;

  const words = p.typing ? (
    <span className="flex items-center gap-2 text-accent-ink">
      <span className="typing flex gap-[3px]" aria-hidden>
        <i />
        <i />
        <i />
      </span>
      {t("typing")}
    </span>
  ) : (
    <>
      {subject && (
        <>
          <bdi className={cn("text-ink", unread && "font-semibold")}>{subject}</bdi>
          {shows("preview") && <span aria-hidden> — </span>}
        </>
      )}
      {(shows("preview") || !subject) && (
        <>
          {c.last_message_direction === "outbound" && <span className="text-ink-2">{t("you")} </span>}
          <bdi>{c.last_message_preview}</bdi>
        </>
      )}
    </>
  );
  const time = (
    <time dateTime={c.last_message_at} className={cn("tnum shrink-0 text-2xs", unread ? "font-semibold text-accent-ink" : "font-medium text-ink-3")}>
      {shortTime(c.last_message_at, p.now, language)}
    </time>
  );
  const who = !shows("assignee") ? null : p.assignee ? (
    <span title={p.assignee.name} className="flex shrink-0">
      <Avatar name={p.assignee.name} id={p.assignee.id} size={18} />
      <span className="sr-only">{t("row.assigned", { name: p.assignee.name })}</span>
    </span>
  ) : (
    <span className="size-[18px] shrink-0 rounded-full border border-dashed border-line-control" title={t("unassigned")}>
      <span className="sr-only">{t("unassigned")}</span>
    </span>
  );
  const count = unread && <Count value={c.unread_count} label={t("row.unread", { count: c.unread_count })} />;
  const face = (
    <Avatar
      name={name}
      id={c.contact?.id ?? c.id}
      size={p.compact ? 24 : 36}
      // The tick stands in its place, never on top of it; it stays for those who hear the row.
      className={p.checked || p.selecting ? "opacity-0" : "group-hover:opacity-0 group-has-[[role=checkbox]:focus-visible]:opacity-0 pointer-coarse:group-hover:opacity-100"}
      badge={
        <Disc icon={p.icon} name={p.icon} hue={p.hue} size={p.compact ? 13 : 17} label={c.channel_name} className={cn("ring-2", p.selected ? "ring-accent-soft" : "ring-sheet")} />
      }
    />
  );

  return (
    <div role="listitem" aria-setsize={p.size} aria-posinset={p.position} className="group relative h-full px-1.5">
      <Link
        to="/inbox/$id"
        params={{ id: c.id }}
        search={p.search}
        data-row={c.id}
        aria-current={p.selected ? "true" : undefined}
        className={cn(
          "inset-focus flex h-full rounded-md",
          p.compact ? "items-center gap-2.5 ps-2.5 pe-3" : "gap-3 py-[9px] ps-2.5 pe-2.5",
          p.selected ? "bg-accent-soft" : "hover:bg-hover",
          p.checked && "bg-accent-soft",
        )}
      >
        {face}
        {p.compact ? (
          <>
            <span className={cn("w-24 shrink-0 truncate text-sm", unread && "font-semibold")}>
              <bdi>{name}</bdi>
            </span>
            <span className="min-w-0 flex-1 truncate text-sm text-ink-3">{words}</span>
            {count}
            {time}
          </>
        ) : (
          <span className="flex min-w-0 flex-1 flex-col gap-px">
            <span className="flex items-baseline gap-2">
              <span className={cn("min-w-0 flex-1 truncate text-sm", unread ? "font-semibold" : "font-medium")}>
                <bdi>{name}</bdi>
              </span>
              {time}
            </span>
            {chips ? (
              <>
                <span className="flex items-center gap-2">
                  <span className="min-w-0 flex-1 truncate text-sm text-ink-3">{words}</span>
                  {count}
                </span>
                <span className="mt-0.5 flex h-[18px] items-center gap-1.5">
                  <span className="flex min-w-0 flex-1 items-center gap-1.5 overflow-hidden">
                    {facts}
                    {c.sub_status && <Label hue={c.sub_status.hue}>{c.sub_status.name}</Label>}
                    {urgent && shows("priority") && (
                      <span className={cn("inline-flex shrink-0 items-center gap-1 text-2xs font-medium", c.priority === "urgent" ? "text-bad" : "text-warn")}>
                        <Flag className="size-3" fill="currentColor" aria-hidden />
                        {t(`common:priority.${c.priority}`)}
                      </span>
                    )}
                    {tags.slice(0, 3).map((tag) => (
                      <Label key={tag} hue={p.tagHues[tag.toLowerCase()] ?? 210}>
                        {tag}
                      </Label>
                    ))}
                    {tags.length > 3 && <span className="tnum shrink-0 text-2xs text-ink-3">+{tags.length - 3}</span>}
                  </span>
                  {who}
                </span>
              </>
            ) : (
              <span className="flex min-h-0 flex-1 gap-2">
                <span className="line-clamp-2 min-w-0 flex-1 self-start text-sm break-words text-ink-3">{words}</span>
                <span className="flex w-[18px] shrink-0 flex-col items-end justify-between pb-px">
                  {count || <span />}
                  {who}
                </span>
              </span>
            )}
          </span>
        )}
      </Link>
      <button
        type="button"
        role="checkbox"
        aria-checked={p.checked}
        aria-label={t("row.select", { name })}
        // Tab goes through the list in one stop; the key for selecting is x.
        tabIndex={p.selecting || p.selected ? 0 : -1}
        onClick={(e) => p.onCheck(c.id, e.shiftKey)}
        className={cn(
          "absolute grid place-items-center rounded-full focus-visible:opacity-100",
          p.compact ? "start-4 top-2 size-6" : "start-4 top-[9px] size-9",
          p.checked ? "bg-accent text-accent-fg" : "bg-raised text-ink-3 shadow-[inset_0_0_0_1px_var(--line-control)]",
          p.checked || p.selecting ? "opacity-100" : "opacity-0 group-hover:opacity-100 pointer-coarse:group-hover:opacity-0",
        )}
      >
        {(p.checked || !p.selecting) && <Check className={p.compact ? "size-3.5" : "size-4"} strokeWidth={2.4} aria-hidden />}
      </button>
    </div>
  );
});

/** A small figure of a row; said in words to those who only hear it. */
function Fact({ label, children }: { label?: string; children: ReactNode }) {
  return (
    <span title={label} className="tnum inline-flex max-w-32 shrink-0 items-center gap-1 truncate text-2xs font-medium text-ink-3">
      {label && <span className="sr-only">{label}</span>}
      {label ? (
        <span aria-hidden className="inline-flex items-center gap-1">
          {children}
        </span>
      ) : (
        children
      )}
    </span>
  );
}
