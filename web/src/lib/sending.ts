import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, useEvents, useMe } from "@/api/client";
import type { SendingState } from "@/api/types";
import { may } from "./may";

const KEY = ["sending"];
const state = { queryKey: KEY, queryFn: () => api.get<SendingState>("/sending") };

/** Whether what nobody writes by hand may leave; stays true while others switch it. */
export function useSending() {
  const client = useQueryClient();
  const me = useMe();
  useEvents((frame) => {
    const switched = frame.type === "event" && frame.kind.startsWith("sending.");
    if (switched || frame.type === "reset") void client.invalidateQueries({ queryKey: KEY });
  });
  return useQuery({ ...state, enabled: may(me, "conversations.read"), staleTime: 60_000 });
}

/** How much waits at this moment; null until the server has said it anew. */
export function useWaiting() {
  const query = useQuery({ ...state, staleTime: 0, refetchOnMount: "always", refetchInterval: 5_000 });
  const known = query.isFetchedAfterMount && query.isSuccess;
  return { count: known ? query.data.waiting : null, failed: query.isError && !query.isFetching, error: query.error, again: () => void query.refetch() };
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
