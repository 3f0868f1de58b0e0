import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileInput, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useMe } from "@/api/client";
import type { JournalEntry, JournalRow } from "@/api/types";
import { may } from "@/lib/may";
import { bytes, dateTime } from "@/lib/dates";
import { Button, Drawer, ErrorState, toast } from "@/ui";
import { StateMark } from "./StateMark";

/** One delivery: its headers and body as they came, and what became of it. */
export function Entry({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, i18n } = useTranslation("journal");
  const me = useMe();
  const queries = useQueryClient();
  const entry = useQuery({
    queryKey: ["journal-entry", id],
    queryFn: () => api.get<JournalEntry>(`/journal/${id}`),
    // Work on it is under way; look again until it is done.
    refetchInterval: (q) => (q.state.data?.state === "received" ? 2_000 : false),
  });
  const replay = useMutation({
    mutationFn: () => api.post<JournalRow>(`/journal/${id}/replay`, {}),
    onSuccess: () => {
      toast(t("replaying"));
      void queries.invalidateQueries({ queryKey: ["journal-entry", id] });
      void queries.invalidateQueries({ queryKey: ["journal"] });
    },
    onError: (e) => toast.error((e instanceof ApiError && e.detail) || t("replayFailed")),
  });
  const release = useMutation({
    mutationFn: () => api.post<JournalRow>(`/journal/${id}/release`, {}),
    onSuccess: () => {
      toast(t("releasing"));
      void queries.invalidateQueries({ queryKey: ["journal-entry", id] });
      void queries.invalidateQueries({ queryKey: ["journal"] });
    },
    onError: (e) => toast.error((e instanceof ApiError && e.detail) || t("releaseFailed")),
  });
  const e = entry.data;
  return (
    <Drawer open onOpenChange={(open) => !open && onClose()} title={t("entry")}>
      {entry.isError ? (
        <ErrorState title={t("entryFailed")} error={entry.error} onRetry={() => void entry.refetch()} />
      ) : !e ? (
        <div role="status" aria-label={t("loading")} className="flex flex-col gap-3">
          <div className="skel h-4 w-1/2" />
          <div className="skel h-4 w-2/3" />
          <div className="skel h-48 w-full" />
        </div>
      ) : (
        <div className="flex flex-col gap-6">
          <section>
            <StateMark state={e.state} />
            <p className="mt-1 text-base [overflow-wrap:anywhere]">{e.outcome || t(`meaning.${e.state}`)}</p>
            <div className="mt-3 flex flex-wrap gap-2">
              {e.conversation_id && (
                <Button asChild>
                  <Link to="/inbox/$id" params={{ id: e.conversation_id }}>
                    {t("openConversation")}
                  </Link>
                </Button>
              )}
              {may(me, "journal.replay") && (
                <Button onClick={() => replay.mutate()} loading={replay.isPending}>
                  <RotateCcw aria-hidden />
                  {t("replay")}
                </Button>
              )}
              {e.can_release && may(me, "journal.replay") && (
                <Button onClick={() => release.mutate()} loading={release.isPending} title={t("releaseText")}>
                  <FileInput aria-hidden />
                  {t("release")}
                </Button>
              )}
            </div>
          </section>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
            <dt className="text-ink-3">{t("received")}</dt>
            <dd className="tabular-nums">{dateTime(e.received_at, i18n.language)}</dd>
            <dt className="text-ink-3">{t("channel")}</dt>
            <dd className="[overflow-wrap:anywhere]">{e.channel_name}</dd>
            <dt className="text-ink-3">{t("size")}</dt>
            <dd className="tabular-nums">{bytes(e.size_bytes, i18n.language)}</dd>
            <dt className="text-ink-3">{t("attempts")}</dt>
            <dd className="tabular-nums">{e.attempts}</dd>
            <dt className="text-ink-3">{t("id")}</dt>
            <dd className="[overflow-wrap:anywhere]">{e.id}</dd>
          </dl>
          {e.headers.length > 0 && (
            <section>
              <h3 className="mb-2 text-sm font-semibold">{t("headers")}</h3>
              <dl className="rounded-md border border-line bg-subtle p-3 font-mono text-xs">
                {e.headers.map(([name, value], i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a header may come twice
                  <div key={i} className="py-0.5 [overflow-wrap:anywhere]">
                    <dt className="inline text-ink-3">{name}: </dt>
                    <dd className="inline">{value}</dd>
                  </div>
                ))}
              </dl>
            </section>
          )}
          <section>
            <h3 className="mb-2 text-sm font-semibold">{t("body")}</h3>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
            <section tabIndex={0} aria-label={t("body")} className="scroll max-h-[420px] overflow-auto rounded-md border border-line bg-subtle p-3">
              <pre className="font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{e.body || t("noBody")}</pre>
            </section>
            {e.body_truncated && <p className="mt-1.5 text-xs text-ink-3">{t("truncated")}</p>}
          </section>
        </div>
      )}
    </Drawer>
  );
}
