import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { FailedJob, Page } from "@/api/types";
import { ago, dateTime } from "@/lib/dates";
import { Button, EmptyState, ErrorState, toast } from "@/ui";
import { Rows, RowsSkeleton, Section } from "../Page";

/** Work that was given up, and doing it again. */
export function FailedJobs({ count }: { count: number }) {
  const { t, i18n } = useTranslation("system");
  const queries = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: ["system-jobs", count],
    queryFn: ({ pageParam }) => api.get<Page<FailedJob>>(`/system/jobs?limit=20${pageParam ? `&cursor=${pageParam}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: (before) => before,
  });
  const retry = useMutation({
    mutationFn: (id: string) => api.post(`/system/jobs/${id}/retry`, undefined),
    onSuccess: () => toast(t("jobs.again")),
    onError: () => toast.error(t("failedAct")),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ["system"] }), queries.invalidateQueries({ queryKey: ["system-jobs"] })]),
  });
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  return (
    <Section title={t("jobs.title")} lead={t("jobs.lead")}>
      {list.isError ? (
        <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton count={2} />
      ) : rows.length === 0 ? (
        <EmptyState icon={CircleCheck} text={t("jobs.none")} />
      ) : (
        <>
          <Rows label={t("jobs.title")}>
            {rows.map((j) => (
              <li key={j.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
                <div className="min-w-0 flex-1 basis-56">
                  <p className="text-sm font-medium">
                    {t(`job.${j.kind}`, j.kind)} <span className="font-normal text-ink-3">· {t("jobs.tries", { count: j.attempts })}</span>
                  </p>
                  <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">{j.error}</p>
                  <time dateTime={j.failed_at} title={dateTime(j.failed_at, i18n.language)} className="text-xs text-ink-3">
                    {ago(j.failed_at, i18n.language)}
                  </time>
                </div>
                <Button size="sm" loading={retry.isPending && retry.variables === j.id} onClick={() => retry.mutate(j.id)}>
                  <RotateCcw aria-hidden />
                  {t("jobs.retry")}
                </Button>
              </li>
            ))}
          </Rows>
          {list.hasNextPage && (
            <Button variant="ghost" className="mt-3" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("more")}
            </Button>
          )}
        </>
      )}
    </Section>
  );
}
