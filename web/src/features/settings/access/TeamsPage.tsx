import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2, UsersRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Team } from "@/api/types";
import { useMembers } from "@/features/inbox/data";
import { may } from "@/lib/may";
import { Avatar, Button, EmptyState, ErrorState, IconButton } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { TeamBadge } from "@/ui/TeamBadge";
import { Rows, RowsSkeleton, SettingsPage } from "../Page";
import { useSearchable } from "../searchable";
import { useTeams } from "./queries";
import { TeamDialog } from "./TeamDialog";

const FACES = 5;

export function TeamsPage() {
  const { t } = useTranslation("access");
  const me = useMe();
  const teams = useTeams();
  const members = useMembers();
  const client = useQueryClient();
  const [editing, setEditing] = useState<Team | "new" | null>(null);
  const [removing, setRemoving] = useState<Team | null>(null);
  const manages = may(me, "teams.manage");
  const { rows, search } = useSearchable(teams.data ?? [], (team) => team.name);
  const add = (
    <Button variant="primary" onClick={() => setEditing("new")}>
      <Plus aria-hidden />
      {t("teams.new")}
    </Button>
  );
  return (
    <SettingsPage title={t("teams.title")} lead={t("teams.lead")} action={manages && teams.data?.length ? add : undefined}>
      {teams.isError ? (
        <ErrorState title={t("teams.failed")} error={teams.error} onRetry={() => void teams.refetch()} />
      ) : !teams.data ? (
        <RowsSkeleton />
      ) : teams.data.length === 0 ? (
        <EmptyState icon={UsersRound} text={t("teams.empty")} action={manages ? add : undefined} />
      ) : (
        <>
          {search}
          <Rows label={t("teams.title")}>
            {rows.map((team) => {
              const people = members.filter((m) => team.member_ids.includes(m.id));
              return (
                <li key={team.id} className="flex items-center gap-3 px-4 py-3">
                  <TeamBadge hue={team.hue} icon={team.icon} size={32} />
                  <div className="min-w-0 flex-1">
                    <div className="truncate text-sm font-medium">{team.name}</div>
                    <div className="truncate text-xs text-ink-3">
                      {team.distribution !== "manual" && `${t(`giving.${team.distribution}`)} · `}
                      {people.length ? people.map((m) => m.name).join(", ") : t("teams.nobody")}
                    </div>
                  </div>
                  <span className="flex -space-x-1.5 max-md:hidden" aria-hidden>
                    {people.slice(0, FACES).map((m) => (
                      <Avatar key={m.id} name={m.name} id={m.id} size={24} className="ring-2 ring-raised" />
                    ))}
                    {people.length > FACES && (
                      <span className="grid size-6 place-items-center rounded-full bg-press text-2xs font-medium text-ink-2 ring-2 ring-raised">+{people.length - FACES}</span>
                    )}
                  </span>
                  {manages && (
                    <span className="flex shrink-0 gap-1">
                      <IconButton label={t("teams.editNamed", { name: team.name })} onClick={() => setEditing(team)}>
                        <Pencil aria-hidden />
                      </IconButton>
                      <IconButton label={t("teams.removeNamed", { name: team.name })} onClick={() => setRemoving(team)}>
                        <Trash2 aria-hidden />
                      </IconButton>
                    </span>
                  )}
                </li>
              );
            })}
          </Rows>
        </>
      )}
      {editing && <TeamDialog team={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      <ConfirmDialog
        open={!!removing}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("teams.removeTitle", { name: removing?.name })}
        text={t("teams.removeText")}
        confirm={t("teams.remove")}
        danger
        onConfirm={async () => {
          if (!removing) return;
          await api.delete(`/teams/${removing.id}`);
          await client.invalidateQueries({ queryKey: ["teams"] });
        }}
      />
    </SettingsPage>
  );
}
