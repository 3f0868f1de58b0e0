import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { DeletionState, Workspace, WorkspaceDeletion } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { dateTime } from "@/lib/dates";
import { DELETION, STANDSTILL } from "@/lib/standstill";
import { useSubmit } from "@/lib/submit";
import { Button, ErrorState, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyField } from "@/ui/CopyField";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/form";
import { RowsSkeleton, Section } from "../Page";

/** The end of the workspace: what it means, asking for it, taking it back. */
export function Deletion({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation("archives");
  const [asking, setAsking] = useState(false);
  const state = useQuery({ queryKey: DELETION, queryFn: () => api.get<DeletionState>("/workspace/deletion"), staleTime: 0 });
  if (state.isError) {
    return (
      <Section title={t("delete.title")}>
        <ErrorState title={t("delete.failed")} error={state.error} onRetry={() => void state.refetch()} />
      </Section>
    );
  }
  if (!state.data) {
    return (
      <Section title={t("delete.title")}>
        <RowsSkeleton count={1} />
      </Section>
    );
  }
  if (state.data.deletion) return <Pending deletion={state.data.deletion} />;
  return (
    <Section title={t("delete.title")} lead={t("delete.lead", { count: state.data.grace_days })}>
      <ul className="mb-4 list-disc ps-5 text-sm text-ink-2 [&>li]:mb-1">
        <li>{t("delete.still", { count: state.data.grace_days })}</li>
        <li>{t("delete.gone")}</li>
        <li>{t("delete.proof")}</li>
        <li>{t("delete.backups")}</li>
      </ul>
      <Button variant="danger" onClick={() => setAsking(true)}>
        <Trash2 aria-hidden />
        {t("delete.button")}
      </Button>
      <Dialog open={asking} onOpenChange={setAsking} title={t("delete.button")}>
        <Ask name={workspace.name} needsCode={state.data.needs_code} onDone={() => setAsking(false)} />
      </Dialog>
    </Section>
  );
}

function Ask({ name, needsCode, onDone }: { name: string; needsCode: boolean; onDone: () => void }) {
  const { t } = useTranslation("archives");
  const queries = useQueryClient();
  const submit = useSubmit();
  const [typed, setTyped] = useState("");
  const [code, setCode] = useState("");
  return (
    <form
      ref={submit.form}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(
          async () => {
            await api.post<WorkspaceDeletion>("/workspace/deletion", { name: typed, code: code || undefined });
            await Promise.all([queries.invalidateQueries({ queryKey: DELETION }), queries.invalidateQueries({ queryKey: STANDSTILL })]);
            onDone();
          },
          { name: typed.trim() !== name.trim() && t("delete.wrongName"), code: needsCode && !code.trim() && t("delete.codeMissing") },
        );
      }}
    >
      {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
      <p className="text-sm text-ink-2">{t("delete.sure")}</p>
      <TextField
        label={
          <>
            {t("delete.typeName")} <span className="font-semibold [overflow-wrap:anywhere]">{name}</span>
          </>
        }
        value={typed}
        onChange={(v) => {
          setTyped(v);
          submit.clear("name");
        }}
        error={submit.errors.name}
        autoComplete="off"
        spellCheck={false}
      />
      {needsCode && (
        <TextField
          label={t("delete.code")}
          hint={t("delete.codeHint")}
          value={code}
          onChange={(v) => {
            setCode(v);
            submit.clear("code");
          }}
          error={submit.errors.code}
          autoComplete="one-time-code"
          inputMode="text"
        />
      )}
      <Button type="submit" variant="danger" className="self-end" loading={submit.busy}>
        {t("delete.button")}
      </Button>
    </form>
  );
}

function Pending({ deletion: d }: { deletion: WorkspaceDeletion }) {
  const { t, i18n } = useTranslation("archives");
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <Section title={t("delete.title")} lead={t("delete.pending", { name: d.asked_by_name, at: dateTime(d.due_at, i18n.language) })}>
      {d.certificate_url && (
        <div className="mb-4 max-w-[640px]">
          <CopyField label={t("delete.certificate")} hint={t("delete.certificateHint")} value={d.certificate_url} />
        </div>
      )}
      {d.state === "pending" && (
        <Button variant="primary" onClick={() => setAsking(true)}>
          {t("delete.cancel")}
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("delete.cancelTitle")}
        text={t("delete.cancelText")}
        confirm={t("delete.cancel")}
        onConfirm={async () => {
          await api.delete("/workspace/deletion");
          await Promise.all([queries.invalidateQueries({ queryKey: DELETION }), queries.invalidateQueries({ queryKey: STANDSTILL })]);
          toast(t("delete.cancelled"));
        }}
      />
    </Section>
  );
}
