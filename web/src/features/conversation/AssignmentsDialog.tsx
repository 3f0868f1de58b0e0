import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleDashed } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Assignment, Page } from "@/api/types";
import { useTeams, useZone } from "@/features/inbox/data";
import { duration } from "@/lib/durations";
import { Avatar, Button, Dialog, ErrorState } from "@/ui";
import { TeamBadge } from "@/ui/TeamBadge";

/** Who had this conversation, for how long, and how it came to them. */
export function AssignmentsDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, i18n } = useTranslation("seats");
  const teams = useTeams();
  const zone = useZone();
  const list = useInfiniteQuery({
    queryKey: ["conversation", id, "assignments"],
    queryFn: ({ pageParam }) => api.get<Page<Assignment>>(`/conversations/${id}/assignments?limit=25${pageParam ? `&cursor=${pageParam}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 0,
  });
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const when = (iso: string) =>
    new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(iso));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("assignments.title")}>
      {list.isError ? (
        <ErrorState title={t("assignments.failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <div className="space-y-3" role="status" aria-label={t("access.loading")}>
          <div className="skel h-8" />
          <div className="skel h-8" />
        </div>
      ) : rows.length === 0 ? (
        <p className="text-sm text-ink-2">{t("assignments.none")}</p>
      ) : (
        <>
          <ol className="divide-y divide-line">
            {rows.map((a) => {
              const team = teams.find((g) => g.id === a.team_id);
              return (
                <li key={a.started_at + (a.member_id ?? "")} className="flex items-center gap-3 py-2.5 text-sm">
                  {a.member_id ? (
                    <Avatar name={a.member_name ?? ""} id={a.member_id} size={28} />
                  ) : team ? (
                    <TeamBadge hue={team.hue} icon={team.icon} size={28} />
                  ) : (
                    <CircleDashed className="size-7 text-ink-3" strokeWidth={1.4} aria-hidden />
                  )}
                  <div className="min-w-0 flex-1">
                    <div className="truncate">
                      {a.member_name ?? a.team_name ?? t("thread:nobody")}
                      {a.member_name && a.team_name && <span className="text-ink-3"> · {a.team_name}</span>}
                    </div>
                    <div className="truncate text-xs text-ink-3">{t(`assignments.how.${a.how}`)}</div>
                  </div>
                  <div className="shrink-0 text-end text-xs text-ink-3 tabular-nums">
                    <div className={a.ended_at ? "" : "font-medium text-ink"}>{duration(a.duration_ms, i18n.language)}</div>
                    <div>{when(a.started_at)}</div>
                  </div>
                </li>
              );
            })}
          </ol>
          {list.hasNextPage && (
            <Button variant="ghost" className="mt-2" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("assignments.more")}
            </Button>
          )}
        </>
      )}
    </Dialog>
  );
}
