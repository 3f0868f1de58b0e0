import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Page, RoleDetail, Team } from "@/api/types";

export const useTeams = () => useQuery({ queryKey: ["teams"], queryFn: () => api.get<Page<Team>>("/teams"), select: (d) => d.data });
export const useRoles = () => useQuery({ queryKey: ["roles"], queryFn: () => api.get<Page<RoleDetail>>("/roles"), select: (d) => d.data });

/** What a role is called: the product's word, or the name the workspace gave it. */
export function useRoleName() {
  const { t } = useTranslation("access");
  const roles = useRoles();
  return (role: string) => (role.startsWith("rol_") ? (roles.data?.find((r) => r.id === role)?.name ?? t("role.own")) : t(`role.${role}`));
}

export const VISIBILITIES = ["own", "own_unassigned", "team", "inbox", "all"] as const;
/** Owners and admins cannot be narrowed. */
export const seesAll = (role: string) => role === "owner" || role === "admin";
