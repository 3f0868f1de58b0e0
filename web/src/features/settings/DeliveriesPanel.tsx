import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useEvents } from "@/api/client";
import type { JournalRow, Page } from "@/api/types";
import { Entry } from "@/features/journal/Entry";
import { StateMark } from "@/features/journal/StateMark";
import { ago } from "@/lib/dates";
import { Button, ErrorState } from "@/ui";
import { Rows, RowsSkeleton } from "./Page";

/** What last came in on a channel, and what became of it. */
export function DeliveriesPanel({ id }: { id: string }) {
  const { t, i18n } = useTranslation("settings");
  const queries = useQueryClient();
  const [entry, setEntry] = useState<string | null>(null);
  const list = useQuery({ queryKey: ["deliveries", id], queryFn: () => api.get<Page<JournalRow>>(`/channels/${id}/deliveries?limit=8`) });
  const soon = useRef(0);
  useEvents((frame) => {
    if (frame.type !== "event" || !/^(journal|message)\./.test(frame.kind)) return;
    window.clearTimeout(soon.current);
    soon.current = window.setTimeout(() => void queries.invalidateQueries({ queryKey: ["deliveries", id] }), 800);
  });
  if (list.isError) return <ErrorState title={t("deliveries.failed")} error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <RowsSkeleton />;
  if (list.data.data.length === 0) return <p className="text-sm text-ink-3">{t("deliveries.none")}</p>;
  return (
    <>
      <Rows label={t("deliveries.title")}>
        {list.data.data.map((row) => (
          <li key={row.id}>
            <button type="button" className="flex w-full items-center gap-3 px-4 py-2.5 text-start hover:bg-hover" onClick={() => setEntry(row.id)}>
              <StateMark state={row.state} />
              <span className="min-w-0 flex-1 truncate text-sm text-ink-2">{row.outcome || row.summary}</span>
              <time className="shrink-0 text-xs tabular-nums text-ink-3" dateTime={row.received_at}>
                {ago(row.received_at, i18n.language)}
              </time>
            </button>
          </li>
        ))}
      </Rows>
      <Button asChild className="mt-3">
        <Link to="/journal" search={{ channel: id }}>
          {t("deliveries.all")}
        </Link>
      </Button>
      {entry && <Entry id={entry} onClose={() => setEntry(null)} />}
    </>
  );
}
