import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Status, SubStatus } from "@/api/types";
import { useSubStatuses } from "@/lib/attributes";
import { may } from "@/lib/may";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Badge, Button, ErrorState, LabelDot, StatusIcon } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/form";
import { HueField } from "@/ui/HueField";
import { Rows, RowsSkeleton, SettingsPage } from "../Page";
import { DefinitionMenu, useDefinitions } from "./Definition";

const BASES = ["open", "pending", "snoozed", "resolved"] as const satisfies Status[];
type Base = (typeof BASES)[number];

/** The workspace's own names below the statuses. */
export function StatusesPage() {
  const { t } = useTranslation("statuses");
  const me = useMe();
  const all = useSubStatuses(true);
  const [editing, setEditing] = useState<SubStatus | Base | null>(null);
  const manages = may(me, "workspace.manage");
  const definitions = useDefinitions<SubStatus>("sub-statuses", "statuses");
  return (
    <SettingsPage title={t("title")} lead={t("lead")}>
      {all.isError ? (
        <ErrorState title={t("loadFailed")} error={all.error} onRetry={() => void all.refetch()} />
      ) : !all.data ? (
        <RowsSkeleton count={4} />
      ) : (
        BASES.map((base) => {
          const rows = all.data?.filter((s) => s.status === base) ?? [];
          return (
            <section key={base} className="mb-6" aria-label={t(`below.${base}`)}>
              <header className="mb-2 flex items-center gap-2">
                <StatusIcon status={base} className="text-ink-3" />
                <h2 className="flex-1 text-md font-semibold tracking-[-0.012em]">{t(`below.${base}`)}</h2>
                {manages && (
                  <Button size="sm" variant="ghost" aria-label={t("newBelow", { status: t(`below.${base}`) })} onClick={() => setEditing(base)}>
                    <Plus aria-hidden />
                    {t("new")}
                  </Button>
                )}
              </header>
              {rows.length === 0 ? (
                <p className="rounded-lg border border-dashed border-line px-4 py-3 text-sm text-ink-3">{t("empty")}</p>
              ) : (
                <Rows label={t(`below.${base}`)}>
                  {rows.map((s, i) => (
                    <li key={s.id} className={`flex items-center gap-3 px-4 py-2 ${s.archived ? "text-ink-3" : ""}`}>
                      <LabelDot hue={s.hue} />
                      <span className="min-w-0 truncate text-sm font-medium">{s.name}</span>
                      {s.archived && <Badge>{t("archived")}</Badge>}
                      <span className="min-w-0 flex-1 truncate text-end text-xs text-ink-3">{t("count", { count: s.conversation_count })}</span>
                      {manages && (
                        <DefinitionMenu
                          of={s}
                          words="statuses"
                          at={i}
                          many={rows.length}
                          onEdit={() => setEditing(s)}
                          onChange={(patch) => void definitions.change(s, patch)}
                          onRemove={s.conversation_count === 0 ? () => definitions.remove(s) : undefined}
                        />
                      )}
                    </li>
                  ))}
                </Rows>
              )}
            </section>
          );
        })
      )}
      {editing && (
        <SubStatusDialog
          one={typeof editing === "string" ? null : editing}
          base={typeof editing === "string" ? editing : (editing.status as Base)}
          onClose={() => setEditing(null)}
        />
      )}
      {definitions.asking}
    </SettingsPage>
  );
}

function SubStatusDialog({ one, base, onClose }: { one: SubStatus | null; base: Base; onClose: () => void }) {
  const { t } = useTranslation("statuses");
  const client = useQueryClient();
  const submit = useSubmit();
  const post = usePostOnce();
  const [name, setName] = useState(one?.name ?? "");
  const [hue, setHue] = useState(one?.hue ?? 210);
  return (
    <FormDialog
      title={one ? t("editTitle") : t("newTitle")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const body = { name: name.trim(), hue };
        if (one) await api.patch(`/sub-statuses/${one.id}`, body);
        else await post("/sub-statuses", { ...body, status: base });
        await client.invalidateQueries({ queryKey: ["sub-statuses"] });
        onClose();
      }}
      check={{ name: !name.trim() && t("nameMissing") }}
    >
      <p className="flex items-center gap-2 text-sm text-ink-2">
        <StatusIcon status={base} className="text-ink-3" />
        {t(`below.${base}`)}
      </p>
      <TextField
        label={t("name")}
        value={name}
        maxLength={40}
        onChange={(v) => {
          setName(v);
          submit.clear("name");
        }}
        error={submit.errors.name}
      />
      <HueField label={t("colour")} value={hue} onChange={setHue} />
    </FormDialog>
  );
}
