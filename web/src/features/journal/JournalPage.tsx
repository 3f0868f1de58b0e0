import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, Lock, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useEvents, useMe } from "@/api/client";
import type { Channel, JournalRow, JournalState, Page } from "@/api/types";
import { ago } from "@/lib/dates";
import { useDebounced } from "@/lib/use-debounced";
import { useNarrow } from "@/lib/use-narrow";
import { Button, EmptyState, ErrorState } from "@/ui";
import { Entry } from "./Entry";
import { StateMark } from "./StateMark";

interface Filter {
  state?: JournalState;
  channel?: string;
  text?: string;
  entry?: string;
}

export const STATES: readonly JournalState[] = ["received", "done", "duplicate", "ignored", "quarantined"];

/** Everything that came in, and what became of it. */
export function JournalPage() {
  const { t, i18n } = useTranslation("journal");
  const navigate = useNavigate();
  const filter = useSearch({ strict: false }) as Filter;
  const me = useMe();
  const [text, setText] = useState(filter.text ?? "");
  const asked = useDebounced(text.trim(), 200);
  const scroller = useRef<HTMLDivElement>(null);
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels") });

  useEffect(() => {
    document.title = `${t("title")} · Switchboard`;
  }, [t]);

  const change = (next: Filter) => void navigate({ to: "/journal", search: { ...filter, text: asked || undefined, ...next }, replace: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address follows the words, not the other way round
  useEffect(() => {
    if ((filter.text ?? "") !== asked) change({ text: asked || undefined });
  }, [asked]);

  const list = useInfiniteQuery({
    queryKey: ["journal", { text: asked, state: filter.state, channel: filter.channel }],
    queryFn: ({ pageParam }) => {
      const q = new URLSearchParams({ limit: "50", state: filter.state ?? "all" });
      if (filter.channel) q.set("channel_id", filter.channel);
      if (asked) q.set("text", asked);
      if (pageParam) q.set("cursor", pageParam);
      return api.get<Page<JournalRow>>(`/journal?${q}`);
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((p) => p.data) ?? [], [list.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = list;

  // Arrivals come in bursts; one look after a second is enough.
  const soon = useRef(0);
  useEvents((frame) => {
    if (frame.type !== "event" || !["journal.quarantined", "message.created", "message.status_updated"].includes(frame.kind)) return;
    clearTimeout(soon.current);
    soon.current = window.setTimeout(() => void refetch(), 1_000);
  });
  useEffect(() => () => clearTimeout(soon.current), []);

  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 56, overscan: 8 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 10 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  // Cells that are not shown on a phone must not hold room as columns either.
  const columns = useNarrow() ? 1 : 4;
  const top = items[0]?.start ?? 0;
  const bottom = Math.max(0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0));
  const filtered = !!(asked || filter.state || filter.channel);
  const select = "h-8 rounded-sm border border-line-control bg-raised px-2 text-sm max-md:h-11 max-md:text-[16px] max-md:flex-1 min-w-0";

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex shrink-0 flex-col gap-3 px-6 pt-5 pb-3 max-md:px-4">
        <div>
          <h1 className="text-lg font-semibold tracking-[-0.015em]">{t("title")}</h1>
          <p className="mt-0.5 text-sm text-ink-3">{t("lead")}</p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <div className="relative w-full md:w-72">
            <Search className="pointer-events-none absolute start-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
            <input
              type="search"
              aria-label={t("search")}
              placeholder={t("search")}
              value={text}
              onChange={(e) => setText(e.target.value)}
              className="h-8 w-full rounded-sm border border-line-control bg-raised ps-8 pe-2 text-sm placeholder:text-ink-3 max-md:h-11 max-md:text-[16px] [&::-webkit-search-cancel-button]:hidden"
            />
          </div>
          <select
            aria-label={t("stateFilter")}
            value={filter.state ?? ""}
            onChange={(e) => change({ state: (e.target.value || undefined) as JournalState | undefined })}
            className={select}
          >
            <option value="">{t("anyState")}</option>
            {STATES.map((s) => (
              <option key={s} value={s}>
                {t(`state.${s}`)}
              </option>
            ))}
          </select>
          <select aria-label={t("channelFilter")} value={filter.channel ?? ""} onChange={(e) => change({ channel: e.target.value || undefined })} className={`${select} max-w-56`}>
            <option value="">{t("anyChannel")}</option>
            {channels.data?.data.map((c) => (
              <option key={c.id} value={c.id}>
                {c.name}
              </option>
            ))}
          </select>
        </div>
      </header>
      <div ref={scroller} className="scroll min-h-0 flex-1 overflow-y-auto border-t border-line">
        {list.error instanceof ApiError && list.error.status === 403 ? (
          <EmptyState icon={Lock} text={t("denied", { workspace: me?.workspace.name })} />
        ) : list.isError && !rows.length ? (
          <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />
        ) : list.isSuccess && rows.length === 0 ? (
          <EmptyState
            icon={ArrowDownToLine}
            text={filtered ? t("noMatch") : t("empty")}
            action={
              filtered ? (
                <Button
                  onClick={() => {
                    setText("");
                    change({ state: undefined, channel: undefined, text: undefined });
                  }}
                >
                  {t("clear")}
                </Button>
              ) : undefined
            }
          />
        ) : (
          <table className="w-full table-fixed border-separate border-spacing-0 text-sm" aria-rowcount={hasNextPage ? -1 : rows.length + 1} aria-busy={list.isPending}>
            <thead className="sticky top-0 z-10 bg-sheet max-md:sr-only">
              <tr className="text-xs text-ink-3">
                <th className="h-9 w-28 border-b border-line ps-6 text-start font-medium">{t("received")}</th>
                <th className="h-9 w-[22%] border-b border-line text-start font-medium">{t("channel")}</th>
                <th className="h-9 border-b border-line text-start font-medium">{t("what")}</th>
                <th className="h-9 w-[30%] border-b border-line pe-6 text-start font-medium">{t("became")}</th>
              </tr>
            </thead>
            <tbody>
              {list.isPending &&
                Array.from({ length: 10 }, (_, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the placeholders never change place
                  <tr key={i} className="h-14" aria-hidden>
                    <td colSpan={columns} className="border-b border-line px-6">
                      <div className="skel h-3.5 w-2/3" />
                    </td>
                  </tr>
                ))}
              {top > 0 && (
                <tr aria-hidden>
                  <td colSpan={columns} style={{ height: top }} />
                </tr>
              )}
              {items.map((item) => {
                const row = rows[item.index];
                if (!row) return null;
                const open = filter.entry === row.id;
                return (
                  <tr key={row.id} aria-rowindex={item.index + 2} className={`relative h-14 hover:bg-hover ${open ? "bg-accent-soft" : ""}`}>
                    <td className="border-b border-line ps-6 text-ink-3 tabular-nums max-md:hidden">{ago(row.received_at, i18n.language)}</td>
                    <td className="truncate border-b border-line pe-3 text-ink-2 max-md:hidden">{row.channel_name}</td>
                    <td className="border-b border-line pe-3 max-md:ps-4 max-md:pe-4">
                      <button
                        type="button"
                        aria-haspopup="dialog"
                        onClick={() => change({ entry: row.id })}
                        className="block w-full truncate text-start after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
                      >
                        {row.summary || t("noSummary")}
                      </button>
                      <span className="flex items-center gap-2 text-xs text-ink-3 md:hidden">
                        <StateMark state={row.state} />
                        <span className="min-w-0 flex-1 truncate">{row.channel_name}</span>
                        <span className="shrink-0 tabular-nums">{ago(row.received_at, i18n.language)}</span>
                      </span>
                    </td>
                    <td className="border-b border-line pe-6 max-md:hidden">
                      <StateMark state={row.state} />
                      {row.outcome && <span className="mt-0.5 block truncate text-xs text-ink-3">{row.outcome}</span>}
                    </td>
                  </tr>
                );
              })}
              {bottom > 0 && (
                <tr aria-hidden>
                  <td colSpan={columns} style={{ height: bottom }} />
                </tr>
              )}
            </tbody>
          </table>
        )}
      </div>
      {filter.entry && <Entry id={filter.entry} onClose={() => change({ entry: undefined })} />}
    </div>
  );
}
