import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Search, SearchX } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDebounced } from "@/lib/use-debounced";
import { Button, EmptyState, ErrorState } from "@/ui";
import { HitRow } from "./HitRow";
import { keyOf, place, search } from "./hits";
import { SearchField } from "./SearchField";

const skeleton = ["60%", "45%", "70%", "52%", "64%"];

/** Search over everything, at /search?q=. */
export function FindPage() {
  const { t } = useTranslation("find");
  const navigate = useNavigate();
  const { q, sort } = useSearch({ strict: false }) as { q?: unknown; sort?: string };
  const best = sort === "relevance";
  const address = q === undefined || q === null ? "" : String(q);
  const [text, setText] = useState(address);
  const asked = useDebounced(text.trim(), 200);
  const written = useRef(address);
  const input = useRef<HTMLInputElement>(null);
  const page = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    document.title = `${t("title")} · Switchboard`;
    input.current?.focus();
  }, [t]);

  // The address follows the words; words follow the address only when someone else changed it.
  useEffect(() => {
    if (address === written.current) return;
    written.current = address;
    setText(address);
  }, [address]);
  useEffect(() => {
    if (asked === written.current) return;
    written.current = asked;
    void navigate({ to: "/search", search: asked ? { q: asked, ...(best ? { sort: "relevance" } : {}) } : {}, replace: true });
  }, [asked, navigate, best]);

  const list = useInfiniteQuery({
    queryKey: ["search", "all", asked, best],
    queryFn: ({ pageParam, signal }) => search(asked, 30, pageParam || undefined, signal, best),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    enabled: asked !== "",
    placeholderData: (before) => (asked ? before : undefined),
  });
  const hits = asked ? (list.data?.pages.flatMap((p) => p.data) ?? []) : [];
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;

  useEffect(() => {
    if (!end.current || !hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
    const seen = new IntersectionObserver(([e]) => e?.isIntersecting && void fetchNextPage(), { rootMargin: "400px" });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

  const move = (e: KeyboardEvent) => {
    if (e.nativeEvent.isComposing) return;
    const links = [...(page.current?.querySelectorAll<HTMLElement>("[data-hit]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const inInput = document.activeElement === input.current;
    if ((e.key === "ArrowDown" || e.key === "ArrowUp") && (inInput || at >= 0)) {
      e.preventDefault();
      const next = e.key === "ArrowDown" ? at + 1 : at - 1;
      if (next < 0) input.current?.focus();
      else links[next]?.focus();
    } else if (e.key === "Escape" && at >= 0) {
      input.current?.focus();
    }
  };

  const state = !asked ? "start" : list.isError && !hits.length ? "error" : list.isPending ? "loading" : hits.length ? "list" : "none";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the field and the links inside
    <div ref={page} onKeyDown={move} className="flex h-full flex-col">
      <header className="shrink-0 border-b border-line px-4 py-3 md:px-6">
        <div className="mx-auto max-w-[760px]">
          <h1 className="sr-only">{t("title")}</h1>
          <SearchField
            text={text}
            onText={setText}
            field={input}
            onEnter={() => {
              if (hits[0] && !list.isPlaceholderData && asked === text.trim()) void navigate(place(hits[0]));
            }}
          />
          <p role="status" className="sr-only">
            {state === "loading" ? t("loading") : state === "list" ? t(hasNextPage ? "resultsMore" : "results", { count: hits.length }) : ""}
          </p>
        </div>
      </header>
      <div className="scroll min-h-0 flex-1 overflow-y-auto px-1 py-2 md:px-6">
        <div className="mx-auto max-w-[784px]">
          {asked && (
            <div role="group" aria-label={t("sort.label")} className="mb-1 flex items-center gap-1 px-3">
              {(["newest", "relevance"] as const).map((s) => (
                <button
                  key={s}
                  type="button"
                  aria-pressed={best === (s === "relevance")}
                  onClick={() => void navigate({ to: "/search", search: { q: asked, ...(s === "relevance" ? { sort: s } : {}) }, replace: true })}
                  className="h-7 rounded-full px-2.5 text-xs font-medium text-ink-2 hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:text-accent-ink max-md:h-11 max-md:px-3.5"
                >
                  {t(`sort.${s}`)}
                </button>
              ))}
            </div>
          )}
          {state === "start" && <EmptyState icon={Search} text={t("start")} />}
          {state === "none" && <EmptyState icon={SearchX} text={t("none", { q: asked })} />}
          {state === "error" && <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />}
          {state === "loading" &&
            skeleton.map((width) => (
              <div key={width} aria-hidden className="flex gap-3 px-3 py-2.5">
                <div className="skel size-8 shrink-0 rounded-full" />
                <div className="flex-1 space-y-2 pt-1">
                  <div className="skel h-3" style={{ width }} />
                  <div className="skel h-3 w-4/5" />
                </div>
              </div>
            ))}
          {state === "list" && (
            <>
              <ul aria-label={t("title")} aria-busy={list.isPlaceholderData}>
                {hits.map((h) => (
                  <li key={keyOf(h)}>
                    <HitRow hit={h} />
                  </li>
                ))}
              </ul>
              <div ref={end} className="flex min-h-4 flex-col items-center gap-2 py-3">
                {isFetchNextPageError && <p className="text-sm text-ink-2">{t("moreFailed")}</p>}
                {hasNextPage && (
                  <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                    {t("more")}
                  </Button>
                )}
              </div>
            </>
          )}
        </div>
      </div>
    </div>
  );
}
