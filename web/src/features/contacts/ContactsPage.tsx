import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, Plus, Search, UsersRound } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useEvents } from "@/api/client";
import type { Contact, Page } from "@/api/types";
import { ago } from "@/lib/dates";
import { useDebounced } from "@/lib/use-debounced";
import { useNarrow } from "@/lib/use-narrow";
import { Avatar, Button, EmptyState, ErrorState } from "@/ui";
import { HandleKind, kindName } from "./handles";
import { NewContactDialog } from "./NewContactDialog";

interface Filter {
  text?: string;
  review?: boolean;
  sort?: "last_contact" | "name";
}

const LIMIT = 50;
const SKELETONS = "abcdefghijkl".split("");

export function ContactsPage() {
  const { t, i18n } = useTranslation("contacts");
  const navigate = useNavigate();
  const filter = useSearch({ strict: false }) as Filter;
  const [text, setText] = useState(filter.text ?? "");
  const asked = useDebounced(text.trim(), 200);
  const sort = filter.sort ?? "last_contact";
  const review = filter.review === true;
  const [making, setMaking] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = `${t("title")} · Switchboard`;
  }, [t]);

  const change = (next: Filter) => void navigate({ to: "/contacts", search: { text: asked || undefined, review: review || undefined, sort: filter.sort, ...next }, replace: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address follows the words, not the other way round
  useEffect(() => {
    if ((filter.text ?? "") !== asked) change({ text: asked || undefined });
  }, [asked]);

  const list = useInfiniteQuery({
    queryKey: ["contacts", { text: asked, review, sort }],
    queryFn: ({ pageParam }) => {
      const q = new URLSearchParams({ limit: String(LIMIT), sort });
      if (asked) q.set("text", asked);
      if (review) q.set("review", "true");
      if (pageParam) q.set("cursor", pageParam);
      return api.get<Page<Contact>>(`/contacts?${q}`);
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((p) => p.data) ?? [], [list.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = list;

  const stale = useRef(0);
  useEvents((frame) => {
    if (frame.type !== "event" || !/^contact\./.test(frame.kind)) return;
    clearTimeout(stale.current);
    stale.current = window.setTimeout(() => void refetch(), 1_000);
  });
  useEffect(() => () => clearTimeout(stale.current), []);

  const narrow = useNarrow();
  // Cells that are not shown on a phone must not hold room as columns either.
  const columns = narrow ? 1 : 5;
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => (narrow ? 68 : 48), overscan: 8, scrollMargin: 0 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 10 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.key !== "/" || e.metaKey || e.ctrlKey || target.closest("input,textarea,select,[contenteditable=true],[role=dialog]")) return;
      e.preventDefault();
      search.current?.focus();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);

  const top = items[0]?.start ?? 0;
  const bottom = Math.max(0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0));
  const filtered = !!asked || review;

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-3 px-6 pt-5 pb-3 max-md:px-4">
        <h1 className="flex-1 text-lg font-semibold tracking-[-0.015em]">{t("title")}</h1>
        <Button variant="primary" onClick={() => setMaking(true)}>
          <Plus aria-hidden />
          {t("new")}
        </Button>
        <div className="flex w-full flex-wrap items-center gap-2">
          <div className="relative min-w-48 flex-1 md:max-w-80">
            <Search className="pointer-events-none absolute start-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
            <input
              ref={search}
              type="search"
              aria-label={t("search")}
              placeholder={t("search")}
              value={text}
              onChange={(e) => setText(e.target.value)}
              onKeyDown={(e) => e.key === "Escape" && setText("")}
              className="h-8 w-full rounded-sm border border-line-control bg-raised ps-8 pe-2 text-sm placeholder:text-ink-3 max-md:h-11 max-md:text-[16px] [&::-webkit-search-cancel-button]:hidden"
            />
          </div>
          <fieldset className="inline-flex rounded-md bg-press p-0.5">
            <legend className="sr-only">{t("show")}</legend>
            {[false, true].map((value) => (
              <label
                key={String(value)}
                className={`flex h-7 cursor-pointer items-center rounded-sm px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-focus max-md:h-10 ${review === value ? "bg-raised font-medium text-ink shadow-1" : "text-ink-2 hover:text-ink"}`}
              >
                <input type="radio" name="show" className="sr-only" checked={review === value} onChange={() => change({ review: value || undefined })} />
                {t(value ? "toReview" : "all")}
              </label>
            ))}
          </fieldset>
        </div>
      </header>
      <div ref={scroller} className="scroll min-h-0 flex-1 overflow-y-auto border-t border-line">
        {list.isError && !rows.length ? (
          <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />
        ) : list.isSuccess && rows.length === 0 ? (
          filtered ? (
            <EmptyState
              icon={UsersRound}
              text={review && !asked ? t("noneToReview") : t("noMatch")}
              action={
                <Button
                  onClick={() => {
                    setText("");
                    change({ text: undefined, review: undefined });
                  }}
                >
                  {t("clear")}
                </Button>
              }
            />
          ) : (
            <EmptyState
              icon={UsersRound}
              text={t("empty")}
              action={
                <Button variant="primary" onClick={() => setMaking(true)}>
                  {t("new")}
                </Button>
              }
            />
          )
        ) : (
          <table className="w-full table-fixed border-separate border-spacing-0 text-sm" aria-rowcount={hasNextPage ? -1 : rows.length + 1} aria-busy={list.isPending}>
            <thead className="sticky top-0 z-10 bg-sheet max-md:sr-only">
              <tr className="text-start text-xs text-ink-3">
                <Sortable id="name" sort={sort} onSort={() => change({ sort: "name" })} label={t("name")} className="w-[34%] ps-6" direction="ascending" />
                <Head label={t("company")} />
                <Head label={t("reachable")} className="w-[22%]" />
                <Head label={t("conversations")} className="w-28 text-end max-lg:hidden" />
                <Sortable id="last_contact" sort={sort} onSort={() => change({ sort: undefined })} label={t("lastContact")} className="w-36 pe-6 text-end" direction="descending" />
              </tr>
            </thead>
            <tbody>
              {list.isPending && SKELETONS.map((key) => <SkeletonRow key={key} columns={columns} />)}
              {top > 0 && (
                <tr aria-hidden>
                  <td colSpan={columns} style={{ height: top }} />
                </tr>
              )}
              {items.map((item) => {
                const c = rows[item.index];
                if (!c) return null;
                const email = c.handles.find((h) => h.kind === "email") ?? c.handles[0];
                const kinds = [...new Set(c.handles.map((h) => h.kind))];
                const when = c.last_contact_at ? ago(c.last_contact_at, i18n.language) : null;
                return (
                  <tr key={c.id} aria-rowindex={item.index + 2} className="relative h-12 hover:bg-hover has-focus-visible:bg-accent-soft max-md:h-[68px]">
                    <td className="border-b border-line ps-6 max-md:ps-4">
                      <div className="flex min-w-0 items-center gap-3 pe-3">
                        <Avatar name={c.name} id={c.id} hue={c.avatar_hue} size={narrow ? 36 : 28} />
                        <div className="min-w-0 flex-1">
                          <div className="flex min-w-0 items-center gap-2">
                            <Link
                              to="/contacts/$id"
                              params={{ id: c.id }}
                              className="truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
                            >
                              {c.name}
                            </Link>
                            {c.review && <span className="shrink-0 rounded-full bg-warn-soft px-2 py-0.5 text-2xs font-medium text-warn">{t("review")}</span>}
                            <span className="ms-auto shrink-0 ps-2 text-xs text-ink-3 tabular-nums md:hidden">{when}</span>
                          </div>
                          <div className="truncate text-xs text-ink-3 md:hidden">{[c.company_name, email?.value].filter(Boolean).join(" · ")}</div>
                        </div>
                      </div>
                    </td>
                    <td className="truncate border-b border-line pe-3 text-ink-2 max-md:hidden">{c.company_name}</td>
                    <td className="border-b border-line pe-3 max-md:hidden">
                      <div className="flex min-w-0 items-center gap-2">
                        {kinds.slice(0, 4).map((k) => (
                          <HandleKind key={k} kind={k} />
                        ))}
                        <span className="sr-only">{kinds.map((k) => kindName(k, t)).join(", ")}</span>
                        <span className="min-w-0 truncate text-ink-2">{email?.value}</span>
                      </div>
                    </td>
                    <td className="border-b border-line pe-3 text-end text-ink-2 tabular-nums max-lg:hidden">{c.conversation_count}</td>
                    <td className="border-b border-line pe-6 text-end text-ink-3 tabular-nums max-md:hidden">{when ?? <span className="sr-only">{t("never")}</span>}</td>
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
        {list.isFetchNextPageError && (
          <div className="p-4 text-center text-sm text-ink-2">
            {t("moreFailed")}{" "}
            <button type="button" className="font-medium text-accent-ink underline underline-offset-2" onClick={() => void fetchNextPage()}>
              {t("tryAgain")}
            </button>
          </div>
        )}
      </div>
      {making && <NewContactDialog onClose={() => setMaking(false)} />}
    </div>
  );
}

function Head({ label, className }: { label: string; className?: string }) {
  return <th className={`h-9 border-b border-line pe-3 text-start font-medium ${className ?? ""}`}>{label}</th>;
}

function Sortable({
  id,
  sort,
  onSort,
  label,
  className,
  direction,
}: {
  id: string;
  sort: string;
  onSort: () => void;
  label: string;
  className?: string;
  direction: "ascending" | "descending";
}) {
  const on = sort === id;
  return (
    <th aria-sort={on ? direction : "none"} className={`h-9 border-b border-line text-start font-medium ${className ?? ""}`}>
      <button type="button" onClick={onSort} className={`inline-flex h-7 items-center gap-1 max-md:h-11 rounded-sm hover:text-ink ${on ? "text-ink" : ""}`}>
        {label}
        {on && <ArrowDown className={`size-3 ${direction === "ascending" ? "rotate-180" : ""}`} aria-hidden />}
      </button>
    </th>
  );
}

function SkeletonRow({ columns }: { columns: number }) {
  return (
    <tr className="h-12 max-md:h-[68px]" aria-hidden>
      <td colSpan={columns} className="border-b border-line px-6 max-md:px-4">
        <div className="flex items-center gap-3">
          <div className="skel size-7 rounded-full" />
          <div className="skel h-3.5 w-1/4" />
          <div className="skel ms-8 h-3.5 w-1/5 max-md:hidden" />
        </div>
      </td>
    </tr>
  );
}
