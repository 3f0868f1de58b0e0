import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MoreHorizontal, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useMe } from "@/api/client";
import type { Invitation, Member, ResetLink } from "@/api/types";
import { statusOf, useAvailability } from "@/features/inbox/data";
import { looksLikeEmail } from "@/features/setup/AccountStep";
import { invitationsQuery, membersQuery } from "@/lib/all-pages";
import { date } from "@/lib/dates";
import { useSubmit } from "@/lib/submit";
import { Avatar, Button, Dialog, ErrorState, IconButton, Menu, toast } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyField } from "@/ui/CopyField";
import { ChoiceField, TextField } from "@/ui/form";
import { PresenceDot } from "@/ui/PresenceDot";
import { MemberDialog } from "./access/MemberDialog";
import { seesAll, useRoleName, useRoles } from "./access/queries";
import { Rows, RowsSkeleton, Section, SettingsPage } from "./Page";
import { useSearchable } from "./searchable";

export function PeoplePage() {
  const { t } = useTranslation(["settings", "access", "trust"]);
  const [inviting, setInviting] = useState(false);
  return (
    <SettingsPage
      title={t("people.title")}
      needs="members.manage"
      action={
        <Button variant="primary" onClick={() => setInviting(true)}>
          <Plus aria-hidden />
          {t("people.invite")}
        </Button>
      }
    >
      <Members />
      <Invitations />
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </SettingsPage>
  );
}

function Members() {
  const { t, i18n } = useTranslation(["settings", "access", "trust"]);
  const me = useMe();
  const queries = useQueryClient();
  const [leaving, setLeaving] = useState<Member | null>(null);
  const [changing, setChanging] = useState<Member | null>(null);
  const roleName = useRoleName();
  const presence = useAvailability();
  const [link, setLink] = useState<{ name: string; url: string; until: string } | null>(null);
  const reset = async (m: Member) => {
    try {
      const made = await api.post<ResetLink>(`/members/${m.id}/password-reset`);
      setLink({ name: m.name, url: made.url, until: made.expires_at });
    } catch (e) {
      toast.error((e instanceof ApiError && e.detail) || t("failed"));
    }
  };
  const preview = async (id: string) => {
    try {
      await api.post("/me/preview", { member_id: id });
      // Everything on the screen was seen with one's own eyes.
      location.assign("/inbox");
    } catch (e) {
      toast.error((e instanceof ApiError && e.detail) || t("failed"));
    }
  };
  const members = useQuery(membersQuery);
  const { rows, search } = useSearchable(members.data?.data ?? [], (m) => `${m.name} ${m.email} ${roleName(m.role)}`);
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: string; role?: string; active?: boolean }) => api.patch<Member>(`/members/${id}`, body),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["members"] }),
    onError: (e) => toast.error((e instanceof ApiError && e.detail) || t("failed")),
  });
  if (members.isError) return <ErrorState title={t("people.failed")} error={members.error} onRetry={() => void members.refetch()} />;
  if (!members.data) return <RowsSkeleton />;
  return (
    <Section title={t("people.members")}>
      {search}
      <Rows>
        {rows.map((m) => (
          <li key={m.id} className="flex items-center gap-3 px-4 py-3">
            <Avatar
              name={m.name}
              id={m.id}
              size={32}
              badge={
                m.active && (
                  <PresenceDot status={statusOf(presence, m.id)} label={t(`access:presence.${statusOf(presence, m.id)}`)} className="me-1 mb-1 size-2.5 ring-2 ring-raised" />
                )
              }
            />
            <div className="min-w-0 flex-1">
              <div className="flex items-baseline gap-2">
                <span className={`truncate text-sm font-medium ${m.active ? "" : "text-ink-3"}`}>{m.name}</span>
                {m.id === me?.member_id && <span className="shrink-0 text-xs text-ink-3">{t("people.you")}</span>}
              </div>
              <div className="truncate text-xs text-ink-3">{m.email}</div>
            </div>
            <span className="shrink-0 text-end text-xs text-ink-2">
              {m.active ? roleName(m.role) : t("people.inactive")}
              {m.active && m.visibility && !seesAll(m.role) && <span className="block text-ink-3 max-md:hidden">{t(`access:visibility.short.${m.visibility}`)}</span>}
            </span>
            <Menu.Root>
              <Menu.Trigger asChild>
                <IconButton label={t("people.change", { name: m.name })}>
                  <MoreHorizontal aria-hidden />
                </IconButton>
              </Menu.Trigger>
              <Menu.Content align="end">
                {m.active && <Menu.Item onSelect={() => setChanging(m)}>{t("access:member.edit")}</Menu.Item>}
                {m.active && m.id !== me?.member_id && <Menu.Item onSelect={() => void preview(m.id)}>{t("access:member.preview", { name: m.name })}</Menu.Item>}
                {m.active && m.id !== me?.member_id && <Menu.Item onSelect={() => void reset(m)}>{t("trust:reset.make")}</Menu.Item>}
                {m.active ? (
                  <Menu.Item onSelect={() => setLeaving(m)}>{t("people.deactivate")}</Menu.Item>
                ) : (
                  <Menu.Item onSelect={() => change.mutate({ id: m.id, active: true })}>{t("people.activate")}</Menu.Item>
                )}
              </Menu.Content>
            </Menu.Root>
          </li>
        ))}
      </Rows>
      {link && (
        <Dialog open onOpenChange={(open) => !open && setLink(null)} title={t("trust:reset.title", { name: link.name })}>
          <CopyField label={t("people.link")} hideLabel value={link.url} hint={t("trust:reset.hint", { date: date(link.until, i18n.language) })} />
        </Dialog>
      )}
      {changing && <MemberDialog member={changing} onClose={() => setChanging(null)} />}
      <ConfirmDialog
        open={!!leaving}
        onOpenChange={(open) => !open && setLeaving(null)}
        title={t("people.deactivateTitle", { name: leaving?.name })}
        text={t("people.deactivateText")}
        confirm={t("people.deactivate")}
        danger
        onConfirm={async () => {
          if (leaving) await change.mutateAsync({ id: leaving.id, active: false }).catch(() => {});
        }}
      />
    </Section>
  );
}

function Invitations() {
  const { t, i18n } = useTranslation(["settings", "access", "trust"]);
  const queries = useQueryClient();
  const roleName = useRoleName();
  const list = useQuery(invitationsQuery);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  if (list.isError) return <ErrorState title={t("people.invitationsFailed")} error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data?.data.length) return null;
  return (
    <Section title={t("people.invitations")} lead={t("people.invitationsText")}>
      <Rows>
        {list.data.data.map((i) => (
          <li key={i.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-64">
              <div className="mb-1.5 truncate text-sm">
                {i.email ?? t("people.anyone")}{" "}
                <span className="text-ink-3">
                  · {roleName(i.role)} · {t("people.expires", { date: date(i.expires_at, i18n.language) })}
                </span>
              </div>
              <CopyField label={t("people.link")} hideLabel value={i.url} />
            </div>
            <Button variant="ghost" onClick={() => setRevoking(i)}>
              {t("people.revoke")}
            </Button>
          </li>
        ))}
      </Rows>
      <ConfirmDialog
        open={!!revoking}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={t("people.revokeTitle")}
        text={t("people.revokeText")}
        confirm={t("people.revoke")}
        danger
        onConfirm={async () => {
          if (!revoking) return;
          await api.delete(`/invitations/${revoking.id}`);
          await queries.invalidateQueries({ queryKey: ["invitations"] });
        }}
      />
    </Section>
  );
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["settings", "access", "trust"]);
  const queries = useQueryClient();
  const [role, setRole] = useState("agent");
  const [email, setEmail] = useState("");
  const [made, setMade] = useState<Invitation | null>(null);
  const submit = useSubmit();
  const me = useMe();
  const roles = useRoles();
  const roleName = useRoleName();
  const choices = (roles.data ?? []).filter((r) => r.id !== "owner" || me?.role === "owner").reverse();
  return (
    <FormDialog
      title={t("people.inviteTitle")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        setMade(await api.post<Invitation>("/invitations", { role, email: email.trim() || undefined }));
        await queries.invalidateQueries({ queryKey: ["invitations"] });
      }}
      check={{ email: email.trim() && !looksLikeEmail(email) ? t("emailWrong") : null }}
      save={t("people.makeLink")}
      instead={
        made && (
          <div className="flex flex-col gap-4">
            <CopyField label={t("people.link")} value={made.url} hint={t("people.linkHint")} />
            <Button variant="primary" className="self-end" onClick={onClose}>
              {t("done")}
            </Button>
          </div>
        )
      }
    >
      <ChoiceField
        label={t("people.joinsAs")}
        value={role}
        onChange={setRole}
        options={choices.map((r) => ({ value: r.id, label: roleName(r.id) }))}
        hint={role.startsWith("rol_") ? undefined : t(`access:roles.hint.${role}`)}
        error={submit.errors.role}
      />
      <TextField
        label={t("people.email")}
        optional
        type="email"
        autoComplete="off"
        value={email}
        onChange={(v) => {
          setEmail(v);
          submit.clear("email");
        }}
        error={submit.errors.email}
        hint={t("people.emailHint")}
      />
    </FormDialog>
  );
}
