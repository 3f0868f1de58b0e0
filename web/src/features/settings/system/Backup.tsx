import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { DatabaseBackup } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { BackupRun, BackupStatus, Page, System } from "@/api/types";
import { ago, bytes, dateTime } from "@/lib/dates";
import { Badge, Button, EmptyState, ErrorState, toast } from "@/ui";
import { Rows, RowsSkeleton, Section } from "../Page";

const moods = { done: "good", failed: "bad", running: "info" } as const;

/** Where backups go, what came of the last ones, and one now. */
export function Backup({ backup }: { backup: BackupStatus }) {
  const { t, i18n } = useTranslation("system");
  const queries = useQueryClient();
  const running = backup.last?.state === "running";
  const runs = useQuery({
    queryKey: ["system-backups", backup.last?.id, backup.last?.state],
    queryFn: () => api.get<Page<BackupRun>>("/system/backups?limit=10"),
    placeholderData: (before) => before,
  });
  const take = useMutation({
    mutationFn: () => api.post<BackupRun>("/system/backups", undefined),
    onSuccess: (run) => {
      queries.setQueryData<System>(["system"], (s) => (s?.backup ? { ...s, backup: { ...s.backup, last: run } } : s));
      void queries.invalidateQueries({ queryKey: ["system"] });
    },
    onError: (e) => toast.error(e instanceof ApiError && e.detail ? e.detail : t("failedAct")),
  });
  if (!backup.to) {
    return (
      <Section title={t("backups.title")}>
        <EmptyState icon={DatabaseBackup} text={t("backups.off")} />
      </Section>
    );
  }
  return (
    <Section
      title={t("backups.title")}
      lead={t(backup.keep ? "backups.leadKeep" : "backups.lead", { place: backup.to, hours: hours(backup.every_minutes, i18n.language), keep: backup.keep })}
      action={
        <Button variant="primary" loading={take.isPending || running} onClick={() => take.mutate()}>
          <DatabaseBackup aria-hidden />
          {t(running ? "backups.running" : "backups.now")}
        </Button>
      }
    >
      <p className="mb-3 max-w-[720px] text-sm text-ink-3">{t(backup.with_key ? "backups.withKey" : "backups.withoutKey")}</p>
      {runs.isError ? (
        <ErrorState title={t("failed")} error={runs.error} onRetry={() => void runs.refetch()} />
      ) : !runs.data ? (
        <RowsSkeleton />
      ) : runs.data.data.length === 0 ? (
        <EmptyState icon={DatabaseBackup} text={t("backups.none")} />
      ) : (
        <Rows label={t("backups.title")}>
          {runs.data.data.map((r) => (
            <li key={r.id} className="px-4 py-3">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <time dateTime={r.started_at} title={dateTime(r.started_at, i18n.language)} className="text-sm font-medium">
                  {ago(r.started_at, i18n.language)}
                </time>
                <Badge tone={moods[r.state as keyof typeof moods]}>{t(`state.${r.state}`)}</Badge>
                <span className="text-xs text-ink-3">{t(`reason.${r.reason}`)}</span>
              </div>
              <p className={`mt-0.5 text-sm [overflow-wrap:anywhere] ${r.error ? "text-bad" : "text-ink-2"}`}>
                {r.error ??
                  (r.state === "done" &&
                    t("backups.figures", {
                      seen: bytes(r.seen_bytes ?? 0, i18n.language),
                      stored: bytes(r.stored_bytes ?? 0, i18n.language),
                      count: r.file_count ?? 0,
                    }))}
              </p>
            </li>
          ))}
        </Rows>
      )}
    </Section>
  );
}

function hours(minutes: number, locale: string): string {
  const [value, unit] = minutes % 1_440 === 0 ? [minutes / 1_440, "day"] : minutes % 60 === 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(value);
}
