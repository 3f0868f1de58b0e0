import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, useEvents, useMe } from "@/api/client";
import type { SendingState } from "@/api/types";
import { may } from "./may";

const KEY = ["sending"];

/** Whether what nobody writes by hand may leave; stays true while others switch it. */
export function useSending() {
  const client = useQueryClient();
  const me = useMe();
  useEvents((frame) => {
    const switched = frame.type === "event" && frame.kind.startsWith("sending.");
    if (switched || frame.type === "reset") void client.invalidateQueries({ queryKey: KEY });
  });
  return useQuery({ queryKey: KEY, queryFn: () => api.get<SendingState>("/sending"), enabled: may(me, "conversations.read"), staleTime: 60_000 });
}

export function useSwitchSending() {
  const client = useQueryClient();
  const keep = (state: SendingState) => client.setQueryData(KEY, state);
  return {
    stop: async (reason: string) => keep(await api.post<SendingState>("/sending/stop", { reason: reason.trim() || null })),
    resume: async (waiting: "send" | "discard") => keep(await api.post<SendingState>("/sending/resume", { waiting })),
  };
}

/** When it was stopped: the time today, with the day earlier. */
export const since = (at: string, locale: string, now = new Date()) =>
  new Intl.DateTimeFormat(locale, new Date(at).toDateString() === now.toDateString() ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
