import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, useEvents } from "@/api/client";
import type { StandstillState } from "@/api/types";

export const STANDSTILL = ["standstill"];
export const DELETION = ["deletion"];

/** Whether nothing leaves this workspace, and why; stays true while others decide. */
export function useStandstill() {
  const client = useQueryClient();
  useEvents((frame) => {
    const turned = frame.type === "event" && (frame.kind === "workspace.stands_still" || frame.kind === "workspace.goes_on");
    if (!turned && frame.type !== "reset") return;
    void client.invalidateQueries({ queryKey: STANDSTILL });
    void client.invalidateQueries({ queryKey: DELETION });
  });
  return useQuery({ queryKey: STANDSTILL, queryFn: () => api.get<StandstillState>("/workspace/standstill"), staleTime: 60_000 });
}
