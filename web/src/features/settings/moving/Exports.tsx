import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, PackageOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Page, WorkspaceExport } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { ago, bytes, dateTime } from "@/lib/dates";
import { useSubmit } from "@/lib/submit";
import { Badge, Button, EmptyState, ErrorState } from "@/ui";
import { Dialog } from "@/ui/Dialog";
import { PasswordField, SwitchField } from "@/ui/form";
import { Rows, RowsSkeleton, Section } from "../Page";

const KEY = ["workspace-exports"];
const moods = { done: "good", failed: "bad", running: "info", expired: "neutral" } as const;
const SHORTEST = 12;

/** The whole workspace as one file: asked for, on its way, to be fetched. */
export function Exports() {
  const { t } = useTranslation("archives");
  const [asking, setAsking] = useState(false);
  const list = useQuery({
    queryKey: KEY,
    queryFn: () => api.get<Page<WorkspaceExport>>("/workspace/exports?limit=5"),
    // One that is on its way is looked at again soon; links end after an hour.
    refetchInterval: (q) => (q.state.data?.data.some((e) => e.state === "running") ? 1_000 : 600_000),
    staleTime: 0,
  });
  const rows = list.data?.data ?? [];
  const running = rows.some((e) => e.state === "running");
  return (
    <Section
      title={t("export.title")}
      lead={t("export.lead")}
      action={
        <Button loading={running} onClick={() => setAsking(true)}>
          <PackageOpen aria-hidden />
          {t(running ? "export.running" : "export.button")}
        </Button>
      }
    >
      {list.isError ? (
        <ErrorState title={t("export.failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton count={1} />
      ) : rows.length === 0 ? (
        <EmptyState icon={PackageOpen} text={t("export.none")} />
      ) : (
        <Rows label={t("export.title")}>
          {rows.map((e) => (
            <Row key={e.id} of={e} />
          ))}
        </Rows>
      )}
      <Dialog open={asking} onOpenChange={setAsking} title={t("export.button")}>
        <Ask onDone={() => setAsking(false)} />
      </Dialog>
    </Section>
  );
}

function Row({ of: e }: { of: WorkspaceExport }) {
  const { t, i18n } = useTranslation("archives");
  const percent = e.total > 0 ? Math.min(99, Math.floor((e.done / e.total) * 100)) : 0;
  const share = new Intl.NumberFormat(i18n.language, { style: "percent" }).format(percent / 100);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <time dateTime={e.started_at} title={dateTime(e.started_at, i18n.language)} className="text-sm font-medium">
            {ago(e.started_at, i18n.language)}
          </time>
          <Badge tone={moods[e.state as keyof typeof moods]}>{t(`state.${e.state}`)}</Badge>
          <span className="text-xs text-ink-3">{t(e.sealed ? "export.sealed" : "export.open")}</span>
        </div>
        <p className={`mt-0.5 text-sm [overflow-wrap:anywhere] ${e.error ? "text-bad" : "text-ink-2"}`}>
          {e.error ??
            (e.state === "running"
              ? t("export.progress", { share })
              : t("export.figures", {
                  size: bytes(e.size_bytes ?? 0, i18n.language),
                  rows: new Intl.NumberFormat(i18n.language).format(e.row_count ?? 0),
                  count: e.file_count ?? 0,
                }))}
          {!!e.missing_files && <span className="block text-warn">{t("export.missing", { count: e.missing_files })}</span>}
        </p>
        {e.state === "running" && (
          <div
            className="mt-2 h-1 overflow-hidden rounded-full bg-press"
            role="progressbar"
            aria-label={t("export.running")}
            aria-valuenow={percent}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <div className="h-full bg-accent" style={{ inlineSize: `${percent}%` }} />
          </div>
        )}
      </div>
      {e.url && e.expires_at && (
        <Button asChild>
          <a href={e.url} download title={t("export.until", { at: dateTime(e.expires_at, i18n.language) })}>
            <Download aria-hidden />
            {t("export.fetch")}
          </a>
        </Button>
      )}
    </li>
  );
}

function Ask({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("archives");
  const queries = useQueryClient();
  const submit = useSubmit();
  const [sealed, setSealed] = useState(true);
  const [passphrase, setPassphrase] = useState("");
  return (
    <form
      ref={submit.form}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(
          async () => {
            await api.post<WorkspaceExport>("/workspace/exports", sealed ? { passphrase } : {});
            await queries.invalidateQueries({ queryKey: KEY });
            onDone();
          },
          { passphrase: sealed && passphrase.length < SHORTEST && t("export.tooShort", { count: SHORTEST }) },
        );
      }}
    >
      {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
      <p className="text-sm text-ink-2">{t("export.what")}</p>
      <SwitchField label={t("export.withSecrets")} hint={t(sealed ? "export.withSecretsHint" : "export.withoutSecretsHint")} checked={sealed} onChange={setSealed} />
      {sealed && (
        <PasswordField
          label={t("export.passphrase")}
          hint={t("export.passphraseHint")}
          value={passphrase}
          onChange={(v) => {
            setPassphrase(v);
            submit.clear("passphrase");
          }}
          error={submit.errors.passphrase}
          autoComplete="new-password"
        />
      )}
      <p className="text-xs text-ink-3">{t("export.careful")}</p>
      <Button type="submit" variant="primary" className="self-end" loading={submit.busy}>
        {t("export.button")}
      </Button>
    </form>
  );
}
