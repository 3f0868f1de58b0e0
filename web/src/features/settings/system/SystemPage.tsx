import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { System } from "@/api/types";
import { bytes } from "@/lib/dates";
import { ErrorState } from "@/ui";
import { Rows, RowsSkeleton, Section, SettingsPage } from "../Page";
import { Backup } from "./Backup";
import { FailedJobs } from "./FailedJobs";
import { Health } from "./Health";

/** How the installation is: its backups, what waits, what failed, how much room it takes. */
export function SystemPage() {
  const { t } = useTranslation("system");
  const system = useQuery({
    queryKey: ["system"],
    queryFn: () => api.get<System>("/system"),
    // A backup that runs is looked at again soon.
    refetchInterval: (q) => (q.state.data?.backup?.last?.state === "running" ? 1_500 : 30_000),
    staleTime: 0,
  });
  return (
    <SettingsPage title={t("title")} lead={t("lead")} adminOnly>
      {system.isError ? (
        <ErrorState title={t("failed")} error={system.error} onRetry={() => void system.refetch()} />
      ) : !system.data ? (
        <RowsSkeleton count={6} />
      ) : (
        <>
          <Health system={system.data} />
          {system.data.backup && <Backup backup={system.data.backup} />}
          <Storage system={system.data} />
          <FailedJobs count={system.data.queues.jobs_failed} />
        </>
      )}
    </SettingsPage>
  );
}

function Storage({ system }: { system: System }) {
  const { t, i18n } = useTranslation("system");
  const size = (n: number) => bytes(n, i18n.language);
  return (
    <Section title={t("storage.title")} lead={t("storage.lead", { engine: t(`engine.${system.engine}`), version: system.version })}>
      <Rows label={t("storage.title")}>
        {system.storage.map((s) => (
          <li key={s.workspace_id} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-4 py-3">
            <span className="min-w-0 flex-1 basis-40 truncate text-sm font-medium" title={s.name}>
              {s.name}
            </span>
            <span className="tnum text-sm text-ink-2">{t("storage.database", { size: size(s.database_bytes) })}</span>
            <span className="tnum text-sm text-ink-2">{t("storage.files", { size: size(s.file_bytes), count: s.file_count })}</span>
          </li>
        ))}
      </Rows>
    </Section>
  );
}
