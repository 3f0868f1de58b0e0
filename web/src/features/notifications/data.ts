import { type QueryClient, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, useEvents, useMe } from "@/api/client";
import { useConnection } from "@/api/events";
import type { Notification, Page } from "@/api/types";

interface Unread {
  unread: number;
}

const countKey = ["notifications", "count"] as const;
const listKey = ["notifications", "list"] as const;

export function useUnread(): number {
  // Whoever looks with another's eyes is not told what concerns those alone.
  const own = !useMe()?.preview;
  const count = useQuery({ queryKey: countKey, queryFn: () => api.get<Unread>("/notifications/count"), staleTime: Number.POSITIVE_INFINITY, enabled: own });
  return (own && count.data?.unread) || 0;
}

export function useNotifications(unreadOnly: boolean) {
  return useInfiniteQuery({
    queryKey: [...listKey, unreadOnly],
    queryFn: ({ pageParam, signal }) => api.get<Page<Notification>>(`/notifications?limit=30${unreadOnly ? "&unread=true" : ""}${pageParam}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (last) => (last.next_cursor ? `&cursor=${encodeURIComponent(last.next_cursor)}` : undefined),
  });
}

/** What was just said is newer than an answer that is still on its way. */
export async function take(client: QueryClient, unread: number) {
  await client.cancelQueries({ queryKey: countKey });
  client.setQueryData<Unread>(countKey, { unread });
  void client.invalidateQueries({ queryKey: listKey });
}

export const useReading = () => {
  const client = useQueryClient();
  return {
    read: async (id: string) => take(client, (await api.post<Unread>(`/notifications/${id}/read`, {})).unread),
    readAll: async () => take(client, (await api.post<Unread>("/notifications/read-all", {})).unread),
  };
};

/** Keeps the count and the lists true, whatever page is open. What is on the screen anyway counts as read. */
export function useLiveNotifications(conversation: string | undefined) {
  const client = useQueryClient();
  const unread = useUnread();
  const open = useRef(conversation);
  useEffect(() => {
    open.current = conversation;
  });
  const looked = useRef((id: string) => {
    if (document.visibilityState !== "visible") return;
    // Nothing is lost if this fails: the line stays, and a click on it reads it.
    api
      .post<Unread>("/notifications/read-all", { conversation_id: id })
      .then((now) => take(client, now.unread))
      .catch(() => {});
  }).current;

  useEvents((frame) => {
    if (frame.type !== "notification") return;
    void take(client, frame.unread);
    const about = frame.notification?.conversation_id;
    if (about && about === open.current) looked(about);
  });

  const some = unread > 0;
  useEffect(() => {
    if (!conversation || !some) return;
    looked(conversation);
    const seen = () => looked(conversation);
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [conversation, some, looked]);

  // Frames for one person are not told again after a gap.
  const live = useConnection((s) => s.status) === "live";
  const before = useRef(live);
  useEffect(() => {
    if (live && !before.current) void client.invalidateQueries({ queryKey: ["notifications"] });
    before.current = live;
  }, [live, client]);
}
