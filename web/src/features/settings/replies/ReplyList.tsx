import { useInfiniteQuery } from "@tanstack/react-query";
import { type LucideIcon, Plus, Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Page } from "@/api/types";
import { useDebounced } from "@/lib/use-debounced";
import { Button, EmptyState, ErrorState } from "@/ui";
import { ChoiceField, TextField } from "@/ui/form";
import { RowsSkeleton, SettingsPage } from "../Page";

/** What is kept for answering, by name, found by words and by whose it is. */
export function useReplyList<T extends { scope: string }>(kind: "canned-replies" | "macros") {
  const me = useMe();
  const [text, setText] = useState("");
  const [scope, setScope] = useState("");
  const asked = useDebounced(text.trim(), 200);
  const query = useInfiniteQuery({
    queryKey: [kind, "page", asked, scope],
    queryFn: ({ pageParam }) =>
      api.get<Page<T>>(`/${kind}?sort=name&limit=100&text=${encodeURIComponent(asked)}&scope=${scope}${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
  const mayShare = !!me?.permissions.includes("replies.share");
  return {
    query,
    rows: query.data?.pages.flatMap((p) => p.data) ?? [],
    text,
    setText,
    scope,
    setScope,
    narrowed: !!asked || !!scope,
    may: (one: { scope: string }) => one.scope === "mine" || mayShare,
  };
}

interface Props {
  list: ReturnType<typeof useReplyList>;
  icon: LucideIcon;
  words: { title: string; lead: string; make: string; search: string; failed: string; noMatch: string; empty: string };
  onMake: () => void;
  /** The rows. */
  children: ReactNode;
  /** What opens above the page. */
  above: ReactNode;
}

/** The page around such a list: head, search, and what it looks like while there is nothing to show. */
export function ReplyListPage({ list, icon, words, onMake, children, above }: Props) {
  const { t } = useTranslation("replies");
  const { query, rows, text, setText, scope, setScope, narrowed } = list;
  const make = (
    <Button variant="primary" onClick={onMake}>
      <Plus aria-hidden />
      {words.make}
    </Button>
  );
  const some = rows.length > 0 || narrowed;
  return (
    <SettingsPage title={words.title} lead={words.lead} action={some ? make : undefined}>
      {some && (
        <div className="mb-4 flex flex-wrap items-center gap-3">
          <div className="relative min-w-48 flex-1">
            <Search className="pointer-events-none absolute start-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
            <TextField label={words.search} hideLabel placeholder={words.search} value={text} onChange={setText} className="[&_input]:ps-8" autoComplete="off" type="search" />
          </div>
          <ChoiceField
            label={t("canned.scope.label")}
            hideLabel
            className="w-44 max-md:w-full"
            value={scope}
            onChange={setScope}
            options={["", "all", "mine"].map((value) => ({ value, label: t(`canned.scope.${value || "any"}`) }))}
          />
        </div>
      )}
      {query.isError ? (
        <ErrorState title={words.failed} error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <RowsSkeleton count={5} />
      ) : rows.length > 0 ? (
        children
      ) : narrowed ? (
        <EmptyState icon={Search} text={words.noMatch} action={<Button onClick={() => (setText(""), setScope(""))}>{t("canned.clear")}</Button>} />
      ) : (
        <EmptyState icon={icon} text={words.empty} action={make} />
      )}
      {query.hasNextPage && (
        <Button className="mx-auto mt-4 flex" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("canned.showMore")}
        </Button>
      )}
      {above}
    </SettingsPage>
  );
}
