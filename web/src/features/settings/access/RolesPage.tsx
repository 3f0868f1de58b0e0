import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, ShieldCheck, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { RoleDetail } from "@/api/types";
import { may } from "@/lib/may";
import { Button, ErrorState, IconButton } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Rows, RowsSkeleton, Section, SettingsPage } from "../Page";
import { seesAll, useRoleName, useRoles } from "./queries";
import { RoleDialog } from "./RoleDialog";

export function RolesPage() {
  const { t } = useTranslation("access");
  const me = useMe();
  const roles = useRoles();
  const client = useQueryClient();
  const [editing, setEditing] = useState<RoleDetail | "new" | null>(null);
  const [removing, setRemoving] = useState<RoleDetail | null>(null);
  const manages = may(me, "roles.manage");
  const own = roles.data?.filter((r) => !r.built_in) ?? [];
  return (
    <SettingsPage
      title={t("roles.title")}
      lead={t("roles.lead")}
      action={
        manages && (
          <Button variant="primary" onClick={() => setEditing("new")}>
            <Plus aria-hidden />
            {t("roles.new")}
          </Button>
        )
      }
    >
      {roles.isError ? (
        <ErrorState title={t("roles.failed")} error={roles.error} onRetry={() => void roles.refetch()} />
      ) : !roles.data ? (
        <RowsSkeleton count={5} />
      ) : (
        <>
          <Section title={t("roles.builtIn")}>
            <Rows>
              {roles.data
                .filter((r) => r.built_in)
                .map((r) => (
                  <RoleRow key={r.id} role={r} onEdit={manages && !seesAll(r.id) ? () => setEditing(r) : undefined} />
                ))}
            </Rows>
          </Section>
          <Section title={t("roles.yours")}>
            {own.length ? (
              <Rows>
                {own.map((r) => (
                  <RoleRow key={r.id} role={r} onEdit={manages ? () => setEditing(r) : undefined} onRemove={manages ? () => setRemoving(r) : undefined} />
                ))}
              </Rows>
            ) : (
              <p className="text-sm text-ink-3">{t("roles.none")}</p>
            )}
          </Section>
        </>
      )}
      {editing && <RoleDialog role={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      <ConfirmDialog
        open={!!removing}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("roles.removeTitle", { name: removing?.name })}
        text={t("roles.removeText")}
        confirm={t("roles.remove")}
        danger
        onConfirm={async () => {
          if (!removing) return;
          await api.delete(`/roles/${removing.id}`);
          await client.invalidateQueries({ queryKey: ["roles"] });
        }}
      />
    </SettingsPage>
  );
}

function RoleRow({ role, onEdit, onRemove }: { role: RoleDetail; onEdit?: () => void; onRemove?: () => void }) {
  const { t } = useTranslation("access");
  const name = useRoleName()(role.id);
  const sees = role.visibility === "inbox" ? t("visibility.inboxCount", { count: role.channel_ids.length }) : t(`visibility.short.${role.visibility}`);
  const people = t("roles.people", { count: role.members });
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      <span className="grid size-8 shrink-0 place-items-center rounded-md bg-hover text-ink-2">
        <ShieldCheck className="size-4" aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <div className="truncate text-sm font-medium">{name}</div>
        <div className="text-xs text-ink-3">
          {role.built_in ? t(`roles.hint.${role.id}`) : t("roles.permissions", { count: role.permissions.length })} · {sees}
          <span className="md:hidden"> · {people}</span>
        </div>
      </div>
      <span className="shrink-0 text-xs text-ink-3 tabular-nums max-md:hidden">{people}</span>
      {(onEdit || onRemove) && (
        <span className="flex shrink-0 justify-end gap-1">
          {onEdit && (
            <IconButton label={t("roles.editNamed", { name })} onClick={onEdit}>
              <Pencil aria-hidden />
            </IconButton>
          )}
          {onRemove && (
            <IconButton label={t("roles.removeNamed", { name })} onClick={onRemove}>
              <Trash2 aria-hidden />
            </IconButton>
          )}
        </span>
      )}
    </li>
  );
}
