import { useQuery } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AuditCheck } from "@/api/types";
import { Button, ErrorState } from "@/ui";

/** Whether the log is as it was written. */
export function ChainState() {
  const { t, i18n } = useTranslation("audit");
  const check = useQuery({ queryKey: ["audit-check"], queryFn: () => api.get<AuditCheck>("/audit/check"), staleTime: 60_000, retry: false });
  if (check.isError) return <ErrorState title={t("check.failed")} error={check.error} onRetry={() => void check.refetch()} />;
  if (!check.data) return <div className="skel mb-5 h-12 rounded-lg" role="status" aria-label={t("check.running")} />;
  const c = check.data;
  const time = new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" }).format(new Date(c.checked_at));
  return (
    <div className={`mb-5 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg px-4 py-2.5 text-sm ${c.intact ? "bg-good-soft text-good" : "bg-bad-soft text-bad"}`}>
      {c.intact ? <ShieldCheck className="size-5 shrink-0" aria-hidden /> : <ShieldAlert className="size-5 shrink-0" aria-hidden />}
      <p className="min-w-0 flex-1 basis-56">
        <span className="font-medium">{c.intact ? t("check.intact", { time, count: c.rows }) : t("check.broken", { n: c.broken_at })}</span>
        {c.intact && (
          <span className="block truncate font-mono text-2xs" title={t("check.hashHint")}>
            {c.hash}
          </span>
        )}
      </p>
      <Button variant="ghost" size="sm" loading={check.isFetching} onClick={() => void check.refetch()}>
        {t("check.again")}
      </Button>
    </div>
  );
}
