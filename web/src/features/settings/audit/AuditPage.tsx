import { useInfiniteQuery } from "@tanstack/react-query";
import { Download, ScrollText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AuditEntry, Page } from "@/api/types";
import { useMembers } from "@/features/inbox/data";
import { Button, EmptyState, ErrorState, Menu } from "@/ui";
import { ChoiceField, TextField } from "@/ui/form";
import { RowsSkeleton, SettingsPage } from "../Page";
import { ChainState } from "./ChainState";
import { Entry } from "./Entry";

interface Filter {
  actor: string;
  action: string;
  since: string;
  until: string;
}
const KINDS = ["member.", "invitation.", "role.", "team.", "channel.", "conversation.", "contact.", "token.", "workspace.", "sso.", "session.", "preview.", "webhook.", "password"];

function query(f: Filter): string {
  const q = new URLSearchParams();
  if (f.actor) q.set("actor", f.actor);
  if (f.action) q.set("action", f.action);
  if (f.since) q.set("since", new Date(`${f.since}T00:00:00`).toISOString());
  // The day that is named is in.
  if (f.until) q.set("until", new Date(new Date(`${f.until}T00:00:00`).getTime() + 86_400_000).toISOString());
  return q.toString();
}

/** Who did what of an administrator's acts, and that nobody changed the log of it. */
export function AuditPage() {
  const { t } = useTranslation("audit");
  const members = useMembers();
  const [filter, setFilter] = useState<Filter>({ actor: "", action: "", since: "", until: "" });
  const narrow = (patch: Partial<Filter>) => setFilter((f) => ({ ...f, ...patch }));
  const q = query(filter);
  const list = useInfiniteQuery({
    queryKey: ["audit", q],
    queryFn: ({ pageParam }) => api.get<Page<AuditEntry>>(`/audit?limit=50&${q}${pageParam ? `&cursor=${pageParam}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 0,
  });
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const kinds = KINDS.filter((k) => k.endsWith("."));
  return (
    <SettingsPage
      title={t("title")}
      lead={t("lead")}
      needs="audit.read"
      action={
        <Menu.Root>
          <Menu.Trigger asChild>
            <Button>
              <Download aria-hidden />
              {t("export")}
            </Button>
          </Menu.Trigger>
          <Menu.Content align="end">
            {(["csv", "jsonl"] as const).map((format) => (
              <Menu.Item key={format} asChild>
                <a href={`/api/v1/audit/export?format=${format}&${q}`} download>
                  {t(`format.${format}`)}
                </a>
              </Menu.Item>
            ))}
          </Menu.Content>
        </Menu.Root>
      }
    >
      <ChainState />
      <div className="mb-4 grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <ChoiceField
          label={t("who")}
          value={filter.actor}
          onChange={(actor) => narrow({ actor })}
          options={[{ value: "", label: t("anybody") }, ...members.map((m) => ({ value: `user:${m.id}`, label: m.name })), { value: "system", label: t("system") }]}
        />
        <ChoiceField
          label={t("what")}
          value={filter.action}
          onChange={(action) => narrow({ action })}
          options={[{ value: "", label: t("anything") }, ...kinds.map((k) => ({ value: k, label: t(`kind.${k.slice(0, -1)}`) }))]}
        />
        <TextField label={t("since")} type="date" value={filter.since} onChange={(since) => narrow({ since })} />
        <TextField label={t("until")} type="date" value={filter.until} onChange={(until) => narrow({ until })} />
      </div>
      {list.isError ? (
        <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton count={6} />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={ScrollText}
          text={t(q ? "noMatch" : "empty")}
          action={q ? <Button onClick={() => setFilter({ actor: "", action: "", since: "", until: "" })}>{t("clear")}</Button> : undefined}
        />
      ) : (
        <>
          <ol className="divide-y divide-line rounded-lg border border-line bg-raised" aria-label={t("title")}>
            {rows.map((e) => (
              <Entry key={e.n} entry={e} />
            ))}
          </ol>
          {list.hasNextPage && (
            <Button variant="ghost" className="mt-3" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("more")}
            </Button>
          )}
        </>
      )}
    </SettingsPage>
  );
}
