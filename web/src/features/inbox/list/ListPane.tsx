import { useNavigate } from "@tanstack/react-router";
import { ArrowDownWideNarrow, ArrowUp, ArrowUpNarrowWide, ChevronDown, Inbox, Rows3, Search } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { words } from "@/app/i18n";
import { useKey } from "@/lib/keymap";
import { Button, EmptyState, ErrorState, IconButton, Late, Menu, Skeleton } from "@/ui";
import { isTyping } from "@/lib/keys";
import type { Target } from "../bulk/bulk";
import { useClaim, useWish } from "../bus";
import { useActs, useConversations, useCount, useCounts, useMe } from "../data";
import { type Filter, matches, natural, orderOf, treeOf } from "../filter";
import { type Look, usualColumns } from "../views/look";
import { FilterBar } from "./FilterBar";
import { Rows, type RowsHandle } from "./Rows";
import { SearchLine } from "./SearchLine";
import { useFresh } from "./use-fresh";
import { heir, useRowFocus } from "./use-row-focus";
import { useSelection } from "./use-selection";

interface Props {
  /** As it stands in the address. */
  filter: Filter;
  /** As it is shown, with the view it stands on. */
  look: Look & { loading: boolean };
  onFilter: (patch: Partial<Filter>) => void;
  onBuild: () => void;
  onSaveChanges: () => void;
  onSaveNew: () => void;
  onDiscard: () => void;
  title: string;
  openId?: string;
  /** Where there is no room for the views beside the list, its title opens them. */
  onViews?: () => void;
}

const BulkBar = lazy(async () => ({ default: (await Promise.all([import("./BulkBar"), words("composer", "shaping")]))[0].BulkBar }));

/** The list of conversations: filters, order, selection, as many as there are. */
export function ListPane({ filter, look, onFilter, onBuild, onSaveChanges, onSaveNew, onDiscard, title, openId, onViews }: Props) {
  const { t, i18n } = useTranslation("inbox");
  const searchKey = useKey("searchList");
  const navigate = useNavigate();
  const query = useConversations(look.filter, !look.loading && !look.missing);
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  const me = useMe();
  const acts = useActs();
  const counts = useCounts();
  const count = useCount(look.loading || look.missing ? null : look.filter);
  const columns = look.view?.columns ?? usualColumns;
  const [compact, setCompact] = useState(() => localStorage.getItem("list.compact") === "1");
  const [searching, setSearching] = useState(!!filter.text);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<RowsHandle>(null);
  const field = useRef<HTMLInputElement>(null);

  // A row that moved between two pages while they were fetched would stand there twice.
  const rows = useMemo(() => [...new Map((data?.pages ?? []).flatMap((p) => p.data.map((c) => [c.id, c] as const))).values()], [data]);
  const ids = useMemo(() => rows.map((r) => r.id), [rows]);
  const selection = useSelection(ids);
  const checked = useMemo(() => ids.filter((id) => selection.checked.has(id)), [ids, selection.checked]);
  const fresh = useFresh(ids, scroller);
  const focusRow = useRowFocus(scroller);

  const fetchMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  const at = openId ? ids.indexOf(openId) : -1;
  // Where the open one stood, should it leave the list while it is open.
  const stood = useRef(0);
  useEffect(() => {
    if (at >= 0) stood.current = at;
  }, [at]);

  const link = useMemo(() => ({ ...filter, message: undefined }), [filter]);

  const show = (index: number) => list.current?.show(index);
  const open = (index: number) => {
    const id = ids[index];
    if (id === undefined) return;
    void navigate({ to: "/inbox/$id", params: { id }, search: link as never });
    show(index);
    // Whoever goes through the rows by keyboard takes the focus along.
    if (scroller.current?.contains(document.activeElement)) focusRow(id);
  };
  const step = (by: 1 | -1) => {
    const from = at >= 0 ? at + by : openId ? stood.current + (by > 0 ? 0 : -1) : 0;
    open(Math.max(0, Math.min(ids.length - 1, from)));
  };
  const extend = (by: 1 | -1) => {
    const to = selection.extend(by, openId);
    if (to) show(ids.indexOf(to));
  };
  const closeSearch = () => {
    setSearching(false);
    if (filter.text) onFilter({ text: undefined });
    // From the field one goes back into the list.
    const row = openId ?? ids[0];
    if (row) focusRow(row);
  };
  useWish("next", () => step(1));
  useWish("previous", () => step(-1));
  useWish("openConversation", () => {
    const focused = document.activeElement?.getAttribute("data-row");
    if (focused) open(ids.indexOf(focused));
    else if (!openId) open(0);
  });
  useWish("select", () => openId && at >= 0 && selection.toggle(openId));
  useWish("extendNext", () => extend(1));
  useWish("extendPrevious", () => extend(-1));
  // What is closed leaves the list, so the next one opens and takes the focus; where it stays, it stays open.
  const closeAndGoOn = () => {
    const row = rows[at];
    if (!row || ["resolved", "archived", "spam"].includes(row.status)) return false;
    // It stays until it has what it needs; whoever shows it asks for that.
    if (acts.lacks(row)) return false;
    if (matches(look.filter, { ...row, status: "resolved" }, me?.member_id ?? "") !== false) return false;
    const next = heir(ids, new Set([row.id]));
    void acts.setStatus([row.id], "resolved");
    void navigate(next ? { to: "/inbox/$id", params: { id: next }, search: link as never } : { to: "/inbox", search: link as never });
    if (next) focusRow(next);
    else document.getElementById("main")?.focus();
    return true;
  };
  useClaim("closeThis", closeAndGoOn);
  // The key means what is ticked before what is open.
  useClaim("closeReopen", () => !checked.length && closeAndGoOn());
  useClaim("searchList", () => {
    setSearching(true);
    field.current?.select();
    return true;
  });

  const sorted = look.view ? !!filter.sort || !!filter.order : !!filter.sort;
  // Everything the list holds, also what is not loaded; as long as all that is shown stays ticked.
  const [whole, setWhole] = useState(false);
  const allShown = checked.length > 0 && checked.length === rows.length;
  const more = allShown && !!count && count > rows.length;
  const isWhole = whole && more;
  const target = useMemo<Target>(
    () => (isWhole ? { filter: treeOf({ ...look.filter, text: undefined }), text: look.filter.text, count: count ?? 0 } : { ids: checked }),
    [isWhole, look.filter, count, checked],
  );
  const selecting = checked.length > 0;
  const { clear } = selection;
  /** The bar goes, and the focus that was in it goes on to the rows. */
  const leaveSelection = () => {
    const first = checked[0];
    const next = heir(ids, new Set(checked));
    clear();
    setWhole(false);
    requestAnimationFrame(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      const stays = first && scroller.current?.querySelector(`[data-row="${CSS.escape(first)}"]`);
      const to = stays ? first : next;
      if (to) focusRow(to);
    });
  };
  useEffect(() => {
    if (!selecting) return;
    // Wherever the focus is, but not from within a field, a dialog or a menu: those close or leave themselves first.
    const leave = (e: KeyboardEvent) => {
      const inside = e.target instanceof Element && e.target.closest("[role=dialog],[role=menu],[role=listbox]");
      if (e.key === "Escape" && !e.defaultPrevented && !inside && !isTyping(e.target)) clear();
    };
    window.addEventListener("keydown", leave);
    return () => window.removeEventListener("keydown", leave);
  }, [selecting, clear]);

  const narrowed = !!(filter.tag || filter.unread || filter.text);
  const changed = narrowed || !!(filter.channel_id || filter.assignee || filter.filter);
  const { sort, order } = orderOf(look.filter);
  const toSort = (next: typeof sort, way = natural(next)) => {
    if (!look.view) return onFilter({ sort: next === "activity" ? undefined : next, order: way === natural(next) ? undefined : way });
    // Back to what is saved is nothing to save.
    const saved = look.view.sort === next && look.view.descending === (way === "desc");
    onFilter(saved ? { sort: undefined, order: undefined } : { sort: next, order: way });
  };

  return (
    <section aria-label={t("list.label")} data-pane className="flex h-full min-h-0 flex-col">
      {checked.length > 0 ? (
        <Suspense fallback={<div className="h-14 shrink-0" />}>
          <h1 className="sr-only">{title}</h1>
          <BulkBar target={target} onDone={leaveSelection} onAll={selection.all} />
        </Suspense>
      ) : (
        <header className="flex h-14 shrink-0 items-center gap-0.5 ps-4 pe-2">
          <h1 className="flex min-w-0 items-baseline gap-2 text-lg font-semibold tracking-[-0.018em]">
            {onViews ? (
              <button
                type="button"
                onClick={onViews}
                className="-ms-1.5 flex h-8 min-w-0 items-center gap-1 rounded-sm px-1.5 hover:bg-hover max-md:h-11"
                aria-haspopup="dialog"
                title={t("views.open")}
              >
                <span className="truncate">{title}</span>
                <ChevronDown className="size-4 shrink-0 text-ink-3" aria-hidden />
              </button>
            ) : (
              <span className="truncate">{title}</span>
            )}
            {count !== undefined && <span className="tnum text-sm font-normal tracking-normal text-ink-3">{count.toLocaleString(i18n.language)}</span>}
          </h1>
          <span className="flex-1" />
          <IconButton label={t("list.search")} keys={searchKey} aria-pressed={searching} onClick={() => (searching ? closeSearch() : setSearching(true))}>
            <Search />
          </IconButton>
          <IconButton
            label={t(compact ? "list.roomy" : "list.compact")}
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
                {order === "desc" ? <ArrowDownWideNarrow className={sorted ? "text-accent" : undefined} /> : <ArrowUpNarrowWide className={sorted ? "text-accent" : undefined} />}
              </IconButton>
            </Menu.Trigger>
            <Menu.Content align="end">
              <Menu.Heading>{t("list.sort")}</Menu.Heading>
              {(["activity", "created", "priority", "waiting"] as const).map((s) => (
                <Menu.Choice key={s} checked={sort === s} onSelect={() => toSort(s)}>
                  {t(`sort.${s}`)}
                </Menu.Choice>
              ))}
              <Menu.Separator />
              {(["desc", "asc"] as const).map((o) => (
                <Menu.Choice key={o} checked={order === o} onSelect={() => toSort(sort, o)}>
                  {t(`order.${sort}.${o}`)}
                </Menu.Choice>
              ))}
            </Menu.Content>
          </Menu.Root>
        </header>
      )}
      {searching && <SearchLine text={filter.text ?? ""} field={field} onText={(text) => onFilter({ text: text || undefined })} onClose={closeSearch} onEnter={() => open(0)} />}
      <FilterBar filter={filter} look={look} onChange={onFilter} onBuild={onBuild} onSaveChanges={onSaveChanges} onSaveNew={onSaveNew} onDiscard={onDiscard} />
      {more && (
        <p className="flex shrink-0 flex-wrap items-center justify-center gap-x-2 bg-accent-soft px-4 py-1.5 text-xs text-accent-ink" role="status">
          {t(isWhole ? "bulk.wholeSelected" : "bulk.shownSelected", { n: (isWhole ? count : rows.length).toLocaleString(i18n.language) })}
          <button type="button" onClick={() => setWhole(!isWhole)} className="font-semibold underline underline-offset-2 max-md:min-h-11">
            {isWhole ? t("bulk.onlyShown") : t("bulk.selectWhole", { n: count.toLocaleString(i18n.language) })}
          </button>
        </p>
      )}
      <div className="relative min-h-0 flex-1">
        {fresh.count > 0 && (
          <button
            type="button"
            onClick={fresh.show}
            className="pop absolute inset-x-0 top-2 z-10 mx-auto flex h-7 w-fit items-center gap-1.5 rounded-full bg-accent ps-2.5 pe-3 text-xs font-medium text-accent-fg shadow-3 hover:bg-accent-hover max-md:h-11 max-md:px-4"
          >
            <ArrowUp className="size-3.5" aria-hidden />
            {t("list.fresh", { count: fresh.count })}
          </button>
        )}
        <div
          ref={scroller}
          data-testid="list"
          className={`scroll h-full overflow-y-auto [contain:strict] ${query.isPlaceholderData ? "opacity-60 transition-opacity delay-150" : ""}`}
        >
          {look.missing ? (
            <EmptyState icon={Search} title={t("kept.gone")} text={t("kept.goneText")} action={<Button onClick={onDiscard}>{t("kept.toInbox")}</Button>} />
          ) : query.isPending ? (
            <Late>
              <Skeletons />
            </Late>
          ) : query.isError && !rows.length ? (
            <ErrorState title={t("list.failed")} error={query.error} onRetry={() => void query.refetch()} />
          ) : rows.length === 0 ? (
            changed ? (
              <EmptyState
                icon={Search}
                text={t("list.noMatch")}
                action={
                  <Button
                    onClick={() => {
                      setSearching(false);
                      onFilter({ status: undefined, channel_id: undefined, assignee: undefined, tag: undefined, unread: undefined, text: undefined, filter: undefined });
                    }}
                  >
                    {t("list.clear")}
                  </Button>
                }
              />
            ) : (
              <EmptyState icon={Inbox} text={t((filter.status ?? "open") === "open" && !filter.view ? "list.done" : "list.none")} />
            )
          ) : (
            <Rows
              ref={list}
              scroller={scroller}
              rows={rows}
              ids={ids}
              title={title}
              compact={compact}
              columns={columns}
              search={link}
              openId={openId}
              checked={selection.checked}
              selecting={checked.length > 0}
              onCheck={selection.toggle}
              more={!hasNextPage ? "none" : isFetchingNextPage ? "coming" : isFetchNextPageError ? "failed" : "there"}
              onMore={fetchMore}
            />
          )}
        </div>
        <Announce count={counts?.unread} />
      </div>
    </section>
  );
}

/** Says at most every ten seconds how many conversations are unread, to those who cannot see them move. */
function Announce({ count }: { count: number | undefined }) {
  const { t } = useTranslation("inbox");
  const [said, setSaid] = useState(count);
  useEffect(() => {
    const wait = setTimeout(() => setSaid(count), said === undefined ? 0 : 10_000);
    return () => clearTimeout(wait);
  }, [count, said]);
  const first = useRef(true);
  useEffect(() => {
    if (said !== undefined) first.current = false;
  }, [said]);
  return (
    <p role="status" className="sr-only">
      {said && !first.current ? t("list.unread", { count: said }) : ""}
    </p>
  );
}

const widths = ["44%", "58%", "38%", "62%", "50%", "41%", "55%", "47%", "60%"];
function Skeletons() {
  return (
    <div aria-hidden className="px-4 pt-2">
      {widths.map((width) => (
        <div key={width} className="flex h-20 gap-3">
          <Skeleton className="size-9 shrink-0 rounded-full" />
          <div className="flex-1 space-y-2 pt-1">
            <Skeleton className="h-3" style={{ width }} />
            <Skeleton className="h-3 w-11/12" />
            <Skeleton className="h-3 w-1/4" />
          </div>
        </div>
      ))}
    </div>
  );
}
