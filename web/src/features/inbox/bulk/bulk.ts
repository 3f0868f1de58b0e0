import { type InfiniteData, type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { create } from "zustand";
import { ApiError, api } from "@/api/client";
import type { Bulk, Conversation, Page } from "@/api/types";
import type { FilterNode } from "@/lib/filters";
import { toast } from "@/ui";
import { placeConversation, recount, removeConversation } from "../cache";
import { keepUndo, useMe } from "../data";

/** What an act is done to: rows one has ticked, or everything a filter holds. */
export type Target = { ids: string[] } | { filter: FilterNode; text?: string; count: number };
export const sizeOf = (target: Target) => ("ids" in target ? target.ids.length : target.count);

export type Act = Bulk["act"];

/** Acts of this window that are under way. */
export const useRunning = create<{ ids: string[] }>(() => ({ ids: [] }));
const add = (id: string) => useRunning.setState((s) => ({ ids: s.ids.includes(id) ? s.ids : [...s.ids, id] }));
const drop = (id: string) => useRunning.setState((s) => ({ ids: s.ids.filter((x) => x !== id) }));

/** Everything on the screen may have changed. */
function refresh(client: QueryClient) {
  void client.invalidateQueries({ queryKey: ["conversations"] });
  void client.invalidateQueries({ queryKey: ["conversation"] });
  void client.invalidateQueries({ queryKey: ["tags"] });
  recount(client);
}

/** How far an act is; asked for until it is over. */
export function useBulk(id: string) {
  return useQuery({
    queryKey: ["bulk", id],
    queryFn: () => api.get<Bulk>(`/bulk/${id}`),
    refetchInterval: (q) => (q.state.data && ["done", "undone"].includes(q.state.data.state) ? false : 700),
    staleTime: 0,
  });
}

/** What is said when it is done; `tag` is one of the words in it. */
function words(act: Act): { key: string; tag?: string } {
  if (act.do === "assign") return { key: act.assignee_id ? "assigned" : "unassigned" };
  if (act.do === "set_status") return { key: `status.${act.status}` };
  if (act.do === "add_tags" || act.do === "remove_tags") return { key: act.do === "add_tags" ? "tagged" : "untagged", tag: act.tags.join(", ") };
  if (act.do === "mark_read" || act.do === "mark_unread") return { key: act.do === "mark_read" ? "read" : "unread" };
  if (act.do === "delete") return { key: "deleted" };
  if (act.do === "restore") return { key: "restored" };
  return { key: "changed" };
}

/** Follows one act until it is over, says so, and offers the way back. */
export function useFollow(id: string) {
  const client = useQueryClient();
  const { t, i18n } = useTranslation(["inbox", "bulk"]);
  const bulk = useBulk(id);
  const { data } = bulk;
  const state = data?.state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each state it comes to
  useEffect(() => {
    if (!data || (state !== "done" && state !== "undone")) return;
    drop(id);
    refresh(client);
    const n = (count: number) => ({ count, n: count.toLocaleString(i18n.language) });
    if (state === "undone") {
      toast(t("bulk:done.undone", n(data.restored)));
      return;
    }
    const { key, tag } = words(data.act);
    const undo = () => void undoBulk(client, id);
    keepUndo(undo);
    toast(t(`bulk:done.${key}`, { ...n(data.changed), tag }), data.changed ? { action: { label: t("inbox:act.undo"), onClick: undo } } : undefined);
  }, [state]);
  // Whoever cannot hear of it any more is not left with a bar that stands still.
  const gone = bulk.error instanceof ApiError && bulk.error.status === 404;
  useEffect(() => {
    if (gone) drop(id);
  }, [gone, id]);
  return bulk;
}

/** Takes an act back, also while it still runs. */
export async function undoBulk(client: QueryClient, id: string) {
  try {
    client.setQueryData(["bulk", id], await api.post<Bulk>(`/bulk/${id}/undo`));
    add(id);
  } catch (error) {
    toast.error(error instanceof ApiError ? error.detail : "");
  }
}

function known(client: QueryClient, id: string): Conversation | undefined {
  for (const [, list] of client.getQueriesData<InfiniteData<Page<Conversation>>>({ queryKey: ["conversations"] })) {
    const row = list?.pages.flatMap((p) => p.data).find((c) => c.id === id);
    if (row) return row;
  }
}
/** What the rows on the screen will look like. */
function guess(act: Act, me: string): ((c: Conversation) => Partial<Conversation>) | null {
  switch (act.do) {
    case "assign":
      return () => ({ assignee_id: act.assignee_id === "me" ? me : (act.assignee_id ?? null) });
    case "set_status":
      return () => ({ status: act.status as Conversation["status"], snoozed_until: act.snoozed_until ?? null });
    case "add_tags":
      return (c) => ({ tags: [...new Set([...c.tags, ...act.tags])] });
    case "remove_tags":
      return (c) => ({ tags: c.tags.filter((x) => !act.tags.includes(x)) });
    case "mark_read":
      return () => ({ unread_count: 0 });
    case "mark_unread":
      return (c) => ({ unread_count: Math.max(1, c.unread_count) });
    default:
      return null;
  }
}

/** Does something to all that is meant, as one act. The rows one sees change at once. */
export function useBulkAct(target: Target) {
  const client = useQueryClient();
  const me = useMe();
  const { t } = useTranslation("inbox");
  return useMemo(
    () => async (act: Act) => {
      if ("ids" in target) {
        const change = guess(act, me?.member_id ?? "");
        for (const id of target.ids) {
          const row = known(client, id);
          if (row && change) placeConversation(client, { ...row, ...change(row) });
          if (act.do === "delete") removeConversation(client, id);
        }
      }
      try {
        const what = "ids" in target ? { ids: target.ids } : { filter: target.filter, text: target.text };
        const bulk = await api.post<Bulk>("/bulk", { act, ...what });
        client.setQueryData(["bulk", bulk.id], bulk);
        add(bulk.id);
      } catch (error) {
        toast.error(error instanceof ApiError && error.detail ? error.detail : t("act.failed"));
        refresh(client);
      }
    },
    [client, target, me?.member_id, t],
  );
}

/** What was under way when the page was left goes on, and shows again. */
export function useResume() {
  const q = useQuery({ queryKey: ["bulk"], queryFn: () => api.get<Page<Bulk>>("/bulk?limit=5"), staleTime: Number.POSITIVE_INFINITY });
  useEffect(() => {
    for (const b of q.data?.data ?? []) if (!["done", "undone"].includes(b.state)) add(b.id);
  }, [q.data]);
}
