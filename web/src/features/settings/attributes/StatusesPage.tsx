import { useQueryClient } from "@tanstack/react-query";
import { Archive, ArchiveRestore, ArrowDown, ArrowUp, MoreHorizontal, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useMe } from "@/api/client";
import type { Status, SubStatus } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubStatuses } from "@/lib/attributes";
import { may } from "@/lib/may";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Badge, Button, Dialog, ErrorState, IconButton, LabelDot, Menu, StatusIcon, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { TextField } from "@/ui/form";
import { HueField } from "@/ui/HueField";
import { Rows, RowsSkeleton, SettingsPage } from "../Page";

const BASES = ["open", "pending", "snoozed", "resolved"] as const satisfies Status[];
type Base = (typeof BASES)[number];

/** The workspace's own names below the statuses. */
export function StatusesPage() {
  const { t } = useTranslation("statuses");
  const me = useMe();
  const client = useQueryClient();
  const all = useSubStatuses(true);
  const [editing, setEditing] = useState<SubStatus | Base | null>(null);
  const [removing, setRemoving] = useState<SubStatus | null>(null);
  const manages = may(me, "workspace.manage");
  const again = () => client.invalidateQueries({ queryKey: ["sub-statuses"] });
  const change = async (s: SubStatus, patch: Partial<SubStatus>) => {
    try {
      await api.patch(`/sub-statuses/${s.id}`, patch);
    } catch (e) {
      toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("failed"));
    }
    await again();
  };
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
                        <Menu.Root>
                          <Menu.Trigger asChild>
                            <IconButton label={t("moreOf", { name: s.name })}>
                              <MoreHorizontal aria-hidden />
                            </IconButton>
                          </Menu.Trigger>
                          <Menu.Content align="end">
                            <Menu.Item icon={<Pencil />} onSelect={() => setEditing(s)}>
                              {t("edit", { name: s.name })}
                            </Menu.Item>
                            {i > 0 && (
                              <Menu.Item icon={<ArrowUp />} onSelect={() => void change(s, { position: i - 1 })}>
                                {t("up", { name: s.name })}
                              </Menu.Item>
                            )}
                            {i < rows.length - 1 && (
                              <Menu.Item icon={<ArrowDown />} onSelect={() => void change(s, { position: i + 1 })}>
                                {t("down", { name: s.name })}
                              </Menu.Item>
                            )}
                            <Menu.Item icon={s.archived ? <ArchiveRestore /> : <Archive />} onSelect={() => void change(s, { archived: !s.archived })}>
                              {t(s.archived ? "unarchive" : "archive", { name: s.name })}
                            </Menu.Item>
                            {s.conversation_count === 0 && (
                              <>
                                <Menu.Separator />
                                <Menu.Item icon={<Trash2 />} danger onSelect={() => setRemoving(s)}>
                                  {t("remove", { name: s.name })}
                                </Menu.Item>
                              </>
                            )}
                          </Menu.Content>
                        </Menu.Root>
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
      <ConfirmDialog
        open={!!removing}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("removeTitle", { name: removing?.name })}
        text={t("removeText")}
        confirm={t("removeIt")}
        danger
        onConfirm={async () => {
          if (!removing) return;
          await api.delete(`/sub-statuses/${removing.id}`);
          await again();
        }}
      />
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
    <Dialog open onOpenChange={(open) => !open && onClose()} title={one ? t("editTitle") : t("newTitle")}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(
            async () => {
              const body = { name: name.trim(), hue };
              if (one) await api.patch(`/sub-statuses/${one.id}`, body);
              else await post("/sub-statuses", { ...body, status: base });
              await client.invalidateQueries({ queryKey: ["sub-statuses"] });
              onClose();
            },
            { name: !name.trim() && t("nameMissing") },
          );
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
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
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
