import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownWideNarrow, Check, Inbox, Menu as MenuIcon, Rows3, Search, X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, EmptyState, ErrorState, IconButton, Menu } from "@/ui";
import { useWish } from "../bus";
import { useActs, useChannelTypes, useConversations, useMembers, usePresence, useStatistics, useTags } from "../data";
import type { Filter } from "../filter";
import { BulkBar } from "./BulkBar";
import { ConversationRow } from "./ConversationRow";
import { FilterBar } from "./FilterBar";
import { useNow } from "./use-now";

interface Props {
  filter: Filter;
  onFilter: (patch: Partial<Filter>) => void;
  title: string;
  openId?: string;
  /** On narrow screens the title opens the views. */
  onViews?: () => void;
}

/** The list of conversations: filters, order, selection, as many as there are. */
export function ListPane({ filter, onFilter, title, openId, onViews }: Props) {
  const { t } = useTranslation("inbox");
  const navigate = useNavigate();
  const query = useConversations(filter);
  const stats = useStatistics();
  const types = useChannelTypes();
  const members = useMembers();
  const tags = useTags();
  const acts = useActs();
  const typing = usePresence((s) => s.typing);
  const now = useNow();
  const [checked, setChecked] = useState<Set<string>>(new Set());
  const [compact, setCompact] = useState(() => localStorage.getItem("list.compact") === "1");
  const [searching, setSearching] = useState(!!filter.text);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.data) ?? [], [query.data]);
  const size = compact ? 40 : 84;
  const virtual = useVirtualizer({ count: rows.length + (query.hasNextPage ? 1 : 0), getScrollElement: () => scroller.current, estimateSize: () => size, overscan: 6 });
  const items = virtual.getVirtualItems();
  useEffect(() => virtual.measure(), [virtual, size]);
  const lastItem = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastItem >= rows.length - 5 && query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
  }, [lastItem, rows.length, query]);

  const fresh = useFresh(rows.map((r) => r.id), scroller);
  const tagHues = useMemo(() => Object.fromEntries(tags.map((g) => [g.name.toLowerCase(), g.hue])), [tags]);
  const check = useCallback((id: string) => setChecked((old) => toggled(old, id)), []);
  const open = (id: string) => void navigate({ to: "/inbox/$id", params: { id }, search: (s: Record<string, unknown>) => ({ ...s, message: undefined }) });
  const step = (by: number) => {
    const at = rows.findIndex((r) => r.id === openId);
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (!next) return;
    open(next.id);
    virtual.scrollToIndex(rows.indexOf(next), { align: "auto" });
  };
  useWish("next", () => step(1));
  useWish("previous", () => step(-1));
  useWish("select", () => openId && check(openId));
  useWish("searchList", () => setSearching(true));
  useWish("closeReopen", () => {
    if (!checked.size) return;
    void acts.setStatus([...checked], "resolved");
    setChecked(new Set());
  });

  const changed = !!(filter.channel_id || filter.assignee || filter.tag || filter.unread || filter.text);
  const search = { ...filter, status: filter.status, message: undefined };
  return (
    <section aria-label={t("list.label")} className="flex h-full min-h-0 flex-col">
      {checked.size > 0 ? (
        <BulkBar ids={[...checked]} onDone={() => setChecked(new Set())} />
      ) : (
        <header className="flex h-14 shrink-0 items-center gap-1 ps-4 pe-2">
          {onViews && (
            <IconButton label={t("views.open")} onClick={onViews}>
              <MenuIcon />
            </IconButton>
          )}
          <h1 className="truncate text-lg font-semibold">{title}</h1>
          {stats.data && !changed && (filter.status ?? "open") === "open" && <span className="ms-1 text-sm tabular-nums text-ink-3">{stats.data.open.toLocaleString()}</span>}
          <span className="flex-1" />
          <IconButton label={t("list.search")} aria-pressed={searching} onClick={() => setSearching((s) => !s)}>
            <Search />
          </IconButton>
          <IconButton
            label={t(compact ? "list.roomy" : "list.compact")}
            aria-pressed={compact}
            onClick={() => {
              localStorage.setItem("list.compact", compact ? "0" : "1");
              setCompact(!compact);
            }}
          >
            <Rows3 />
          </IconButton>
          <Menu.Root>
            <Menu.Trigger asChild>
              <IconButton label={t("list.sort")}>
                <ArrowDownWideNarrow />
              </IconButton>
            </Menu.Trigger>
            <Menu.Content>
              {(["newest", "oldest", "waiting"] as const).map((s) => (
                <Menu.Item key={s} onSelect={() => onFilter({ sort: s === "newest" ? undefined : s })}>
                  <span className="flex-1">{t(`sort.${s}`)}</span>
                  {(filter.sort ?? "newest") === s && <Check className="size-4 text-accent" aria-hidden />}
                </Menu.Item>
              ))}
            </Menu.Content>
          </Menu.Root>
        </header>
      )}
      {searching && <SearchLine text={filter.text ?? ""} onText={(text) => onFilter({ text: text || undefined })} onClose={() => { setSearching(false); onFilter({ text: undefined }); }} />}
      <FilterBar filter={filter} onChange={onFilter} />
      <div className="relative min-h-0 flex-1">
        {fresh.count > 0 && (
          <button type="button" onClick={fresh.show} className="absolute top-2 left-1/2 z-10 -translate-x-1/2 rounded-full bg-accent px-3 py-1 text-xs font-medium text-accent-fg shadow-3">
            {t("list.fresh", { count: fresh.count })}
          </button>
        )}
        <div ref={scroller} className="scroll h-full overflow-y-auto">
          {query.isPending ? (
            <Skeletons />
          ) : query.isError && !rows.length ? (
            <ErrorState title={t("list.failed")} error={query.error} onRetry={() => void query.refetch()} />
          ) : rows.length === 0 ? (
            changed ? (
              <EmptyState
                icon={Search}
                text={t("list.noMatch")}
                action={<Button onClick={() => onFilter({ channel_id: undefined, assignee: undefined, tag: undefined, unread: undefined, text: undefined })}>{t("list.clear")}</Button>}
              />
            ) : (
              <EmptyState icon={Inbox} text={t((filter.status ?? "open") === "open" ? "list.done" : "list.none")} />
            )
          ) : (
            <div role="list" aria-label={title} style={{ height: virtual.getTotalSize(), position: "relative" }}>
              {items.map((item) => {
                const c = rows[item.index];
                const type = types.find((d) => d.id === c?.provider);
                return (
                  <div key={c?.id ?? "more"} style={{ position: "absolute", insetInline: 0, top: 0, height: size, transform: `translateY(${item.start}px)` }}>
                    {c ? (
                      <ConversationRow
                        conversation={c}
                        assignee={members.find((m) => m.id === c.assignee_id)}
                        icon={type?.icon ?? c.provider}
                        hue={type?.hue ?? 210}
                        hasSubject={!!type?.capabilities.subject}
                        selected={c.id === openId}
                        checked={checked.has(c.id)}
                        selecting={checked.size > 0}
                        compact={compact}
                        typing={!!typing[c.id]?.some((w) => w.kind === "contact")}
                        now={now}
                        tagHues={tagHues}
                        search={search}
                        position={item.index + 1}
                        size={query.hasNextPage ? -1 : rows.length}
                        onCheck={check}
                      />
                    ) : (
                      <p className="p-4 text-center text-xs text-ink-3">{t("list.more")}</p>
                    )}
                  </div>
                );
              })}
            </div>
          )}
        </div>
      </div>
    </section>
  );
}

function toggled(old: Set<string>, id: string): Set<string> {
  const next = new Set(old);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Conversations that came in above what is being read. */
function useFresh(ids: string[], scroller: React.RefObject<HTMLDivElement | null>) {
  const [seen, setSeen] = useState<string | undefined>();
  const top = ids[0];
  const away = () => (scroller.current?.scrollTop ?? 0) > 120;
  useEffect(() => {
    if (!away()) setSeen(top);
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => !away() && setSeen(top);
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  });
  const at = seen ? ids.indexOf(seen) : 0;
  return { count: Math.max(0, at), show: () => scroller.current?.scrollTo({ top: 0 }) };
}

function SearchLine({ text, onText, onClose }: { text: string; onText: (text: string) => void; onClose: () => void }) {
  const { t } = useTranslation("inbox");
  const [value, setValue] = useState(text);
  const latest = useRef(onText);
  latest.current = onText;
  useEffect(() => {
    const wait = setTimeout(() => value !== text && latest.current(value), 200);
    return () => clearTimeout(wait);
  }, [value, text]);
  return (
    <div className="relative mx-4 mb-2">
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" aria-hidden />
      <input
        // biome-ignore lint/a11y/noAutofocus: it opens because somebody asked for it
        autoFocus
        type="search"
        value={value}
        aria-label={t("list.search")}
        placeholder={t("list.searchHint")}
        onChange={(e) => setValue(e.target.value)}
        onKeyDown={(e) => e.key === "Escape" && onClose()}
        className="h-8 w-full rounded-sm bg-raised ps-8 pe-8 text-sm shadow-[0_0_0_1px_var(--line-control)] max-md:h-11"
      />
      <button type="button" aria-label={t("list.clear")} onClick={onClose} className="absolute top-1 right-1 grid size-6 place-items-center rounded text-ink-3 hover:bg-hover max-md:size-9">
        <X className="size-4" />
      </button>
    </div>
  );
}

function Skeletons() {
  return (
    <div aria-hidden className="skeletons">
      {Array.from({ length: 8 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={i} className="flex gap-3 px-4 py-3">
          <span className="size-9 rounded-full bg-press" />
          <span className="flex-1 space-y-2 pt-1">
            <span className="block h-3 w-1/2 rounded bg-press" />
            <span className="block h-3 w-5/6 rounded bg-hover" />
          </span>
        </div>
      ))}
    </div>
  );
}

