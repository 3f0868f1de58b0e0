import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type Ref, type RefObject, useEffect, useImperativeHandle, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { Button } from "@/ui";
import { useChannelTypes, useMembers, usePresence, useTags } from "../data";
import { ConversationRow } from "./ConversationRow";
import { useNow } from "./use-now";

interface Props {
  ref: Ref<RowsHandle>;
  scroller: RefObject<HTMLDivElement | null>;
  rows: readonly Conversation[];
  /** Of the rows, in the same order. */
  ids: readonly string[];
  title: string;
  compact: boolean;
  columns: readonly string[];
  search: Record<string, unknown>;
  openId?: string;
  checked: ReadonlySet<string>;
  selecting: boolean;
  onCheck: (id: string, row: boolean) => void;
  /** Whether there are more than these, and how it stands with them. */
  more: "none" | "there" | "coming" | "failed";
  onMore: () => void;
}
export interface RowsHandle {
  /** Brings a row into view. */
  show: (index: number) => void;
}

const ROOMY = 80;
const COMPACT = 40;
/** Rows before the end at which the next ones are fetched: half a page, so that whoever scrolls does not wait for them. */
const AHEAD = 25;

/** The rows that are in view. They stand apart from the rest of the pane, since they alone are drawn anew for each bit of scrolling. */
export const Rows = memo(function Rows({ ref, scroller, rows, ids, title, compact, columns, search, openId, checked, selecting, onCheck, more, onMore }: Props) {
  const { t, i18n } = useTranslation(["inbox", "common"]);
  const types = useChannelTypes();
  const members = useMembers();
  const tags = useTags();
  const typing = usePresence((s) => s.typing);
  const now = useNow();
  const size = compact ? COMPACT : ROOMY;
  const virtual = useVirtualizer({
    count: rows.length + (more === "none" ? 0 : 1),
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 6,
    paddingEnd: 8,
    getItemKey: (i) => ids[i] ?? "more",
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the height of the rows changes
  useEffect(() => virtual.measure(), [size]);
  useImperativeHandle(ref, () => ({ show: (index) => virtual.scrollToIndex(index, { align: "auto" }) }), [virtual]);
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastShown >= rows.length - AHEAD && more === "there") onMore();
  }, [lastShown, rows.length, more, onMore]);

  const kinds = useMemo(() => new Map(types.map((d) => [d.id, d])), [types]);
  const people = useMemo(() => new Map(members.map((m) => [m.id, m])), [members]);
  const tagHues = useMemo(() => Object.fromEntries(tags.map((g) => [g.name.toLowerCase(), g.hue])), [tags]);

  return (
    <div role="list" aria-label={title} style={{ height: virtual.getTotalSize(), position: "relative" }}>
      {items.map((item) => {
        const c = rows[item.index];
        const type = c && kinds.get(c.provider);
        return (
          <div key={item.key} role="presentation" className="absolute inset-x-0 top-0 contain-strict" style={{ height: item.size, transform: `translateY(${item.start}px)` }}>
            {c ? (
              <ConversationRow
                conversation={c}
                assignee={c.assignee_id ? people.get(c.assignee_id) : undefined}
                icon={type?.icon ?? c.provider}
                hue={type?.hue ?? 210}
                hasSubject={!!type?.capabilities.subject}
                selected={c.id === openId}
                checked={checked.has(c.id)}
                selecting={selecting}
                compact={compact}
                typing={!!typing[c.id]?.some((w) => w.kind === "contact")}
                now={now}
                tagHues={tagHues}
                columns={columns}
                search={search}
                position={item.index + 1}
                size={more === "none" ? rows.length : -1}
                onCheck={onCheck}
                t={t}
                language={i18n.language}
              />
            ) : more === "failed" ? (
              <p className="flex items-center justify-center gap-2 p-3 text-xs text-ink-2">
                {t("list.moreFailed")}
                <Button size="sm" onClick={onMore}>
                  {t("list.again")}
                </Button>
              </p>
            ) : (
              <p className="p-4 text-center text-xs text-ink-3">{t("list.more")}</p>
            )}
          </div>
        );
      })}
    </div>
  );
});
