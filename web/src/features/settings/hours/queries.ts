import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, useEvents } from "@/api/client";
import type { Holiday, HoursPlace, Page } from "@/api/types";

export const usePlaces = () => useQuery({ queryKey: ["hours"], queryFn: () => api.get<Page<HoursPlace>>("/hours"), select: (d) => d.data });
export const useHolidays = () => useQuery({ queryKey: ["holidays"], queryFn: () => api.get<Page<Holiday>>("/holidays"), select: (d) => d.data });

/** What others change is seen here too. */
export function useLiveHours() {
  const client = useQueryClient();
  useEvents((frame) => {
    if (frame.type !== "event" || frame.kind !== "hours.updated") return;
    void client.invalidateQueries({ queryKey: ["hours"] });
    void client.invalidateQueries({ queryKey: ["holidays"] });
  });
}
