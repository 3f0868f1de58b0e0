import { Link } from "@tanstack/react-router";
import { Check, Flag } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Member } from "@/api/types";
import { Avatar, ChannelDisc, LabelDot } from "@/ui";
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
  search: Record<string, unknown>;
  position: number;
  size: number;
  onCheck: (id: string) => void;
}

/** One conversation in the list: who, what, when, and what it waits for. */
export const ConversationRow = memo(function ConversationRow(p: Props) {
  const { t } = useTranslation("inbox");
  const c = p.conversation;
  const unread = c.unread_count > 0;
  const name = c.contact?.name ?? c.participants[0]?.name ?? c.participants[0]?.address ?? t("nobody");
  const urgent = c.priority === "high" || c.priority === "urgent";
  const chips = urgent || c.tags.length > 0;
  return (
    <div className={`group relative h-full px-2 ${p.compact ? "py-px" : "py-0.5"}`} role="listitem" aria-setsize={p.size} aria-posinset={p.position}>
      <Link
        to="/inbox/$id"
        params={{ id: c.id }}
        search={p.search}
        data-row={c.id}
        aria-current={p.selected ? "true" : undefined}
        aria-label={t("row.label", { name, subject: c.subject ?? c.last_message_preview, count: c.unread_count })}
        className={`flex h-full gap-3 rounded-md px-2 py-2 outline-offset-[-2px] ${p.selected ? "bg-accent-soft" : "hover:bg-hover"} ${p.checked ? "ring-1 ring-accent ring-inset" : ""}`}
      >
        {!p.compact && (
          <span className="relative h-9 w-9 shrink-0">
            <Avatar name={name} id={c.contact?.id ?? c.id} size={36} />
            <span className="absolute -right-1 -bottom-1 rounded-full ring-2 ring-sheet">
              <ChannelDisc channel={p.icon} size={16} hue={p.hue} />
            </span>
          </span>
        )}
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className={`truncate text-sm ${unread ? "font-semibold text-ink" : "text-ink"}`}>{name}</span>
            <span className={`ms-auto shrink-0 text-2xs tabular-nums ${unread ? "font-medium text-accent" : "text-ink-3"}`}>{shortTime(c.last_message_at, p.now)}</span>
          </span>
          <span className="mt-0.5 flex items-center gap-2">
            {p.typing ? (
              <span className="flex-1 truncate text-sm text-accent">{t("typing")}</span>
            ) : (
              <span className={`min-w-0 flex-1 text-sm text-ink-3 ${chips || p.compact ? "truncate" : "line-clamp-2 pe-1"}`}>
                {p.hasSubject && c.subject && <span className={unread ? "font-medium text-ink" : "text-ink-2"}>{c.subject} — </span>}
                {c.last_message_direction === "outbound" && <span className="text-ink-2">{t("you")} </span>}
                {c.last_message_preview}
              </span>
            )}
            {unread && (
              <span className="grid h-4.5 min-w-4.5 shrink-0 place-items-center rounded-full bg-accent px-1 text-2xs font-medium tabular-nums text-accent-fg">
                {c.unread_count > 99 ? "99+" : c.unread_count}
              </span>
            )}
          </span>
          {chips && !p.compact && (
            <span className="mt-1 flex items-center gap-1.5 overflow-hidden pe-7 text-2xs">
              {urgent && (
                <span className={`flex shrink-0 items-center gap-1 font-medium ${c.priority === "urgent" ? "text-bad" : "text-warn"}`}>
                  <Flag className="size-3" aria-hidden /> {t(`priority.${c.priority}`)}
                </span>
              )}
              {c.tags.slice(0, 3).map((tag) => (
                <span key={tag} className="flex min-w-0 items-center gap-1 rounded-full px-1.5 py-px text-ink-2 shadow-[0_0_0_1px_var(--line)]">
                  <LabelDot hue={p.tagHues[tag.toLowerCase()] ?? 210} />
                  <span className="truncate">{tag}</span>
                </span>
              ))}
            </span>
          )}
          {!p.compact && (
            <span className="absolute end-4 bottom-2.5">
              {p.assignee ? (
                <Avatar name={p.assignee.name} id={p.assignee.id} size={18} />
              ) : (
                <span className="block size-[18px] rounded-full border border-dashed border-line-control" title={t("unassigned")} />
              )}
            </span>
          )}
        </span>
      </Link>
      <button
        type="button"
        role="checkbox"
        aria-checked={p.checked}
        aria-label={t("row.select", { name })}
        onClick={() => p.onCheck(c.id)}
        className={`absolute top-3 left-4 grid size-9 place-items-center rounded-full bg-raised text-accent shadow-[0_0_0_1px_var(--line-control)] focus-visible:opacity-100 ${p.compact ? "hidden" : ""} ${p.checked || p.selecting ? "opacity-100" : "opacity-0 group-hover:opacity-100 max-md:hidden"}`}
      >
        <Check className={`size-4 ${p.checked ? "" : "opacity-25"}`} aria-hidden />
      </button>
    </div>
  );
});
