import { useQuery } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { ConversationAccess } from "@/api/types";
import { useMe, useTeams } from "@/features/inbox/data";
import { Avatar, Dialog, ErrorState } from "@/ui";

/** Why one sees this conversation, and who else does. */
export function AccessDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("seats");
  const me = useMe();
  const teams = useTeams();
  const access = useQuery({ queryKey: ["conversation", id, "access"], queryFn: () => api.get<ConversationAccess>(`/conversations/${id}/access`), staleTime: 0 });
  const why = (reason: { reason: string; team_id?: string }) => t(`access.reason.${reason.reason}`, { team: teams.find((g) => g.id === reason.team_id)?.name ?? "" });
  const mine = access.data?.mine;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("access.title")}>
      {access.isError ? (
        <ErrorState title={t("access.failed")} error={access.error} onRetry={() => void access.refetch()} />
      ) : !access.data ? (
        <div className="space-y-3" role="status" aria-label={t("access.loading")}>
          <div className="skel h-5 w-3/4" />
          <div className="skel h-8" />
          <div className="skel h-8" />
        </div>
      ) : (
        <>
          {mine && (
            <p className="flex items-start gap-2 text-sm">
              <Eye className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden />
              <span>{t("access.you", { reason: why(mine) })}</span>
            </p>
          )}
          {access.data.members.length > 0 && (
            <>
              <h3 className="mt-5 mb-1 text-xs font-semibold text-ink-2">{t("access.people", { count: access.data.members.length })}</h3>
              <ul className="divide-y divide-line">
                {access.data.members.map((m) => (
                  <li key={m.member_id} className="flex items-center gap-2.5 py-2 text-sm">
                    <Avatar name={m.name} id={m.member_id} size={24} />
                    <span className="min-w-0 flex-1 truncate">
                      {m.name}
                      {m.member_id === me?.member_id && <span className="text-ink-3"> ({t("thread:you")})</span>}
                    </span>
                    <span className="max-w-[55%] shrink-0 text-end text-xs text-ink-3">{why(m)}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </Dialog>
  );
}
