import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useMe } from "@/api/client";
import type {
  AttributeDefinition,
  Availability,
  Channel,
  Contact,
  Conversation,
  ConversationDetail,
  Descriptor,
  Macro,
  MacroRun,
  Member,
  MemberPresence,
  Message,
  Page,
  Tag,
  Team,
  View,
  ViewCounts,
} from "@/api/types";
import { membersQuery } from "@/lib/all-pages";
import { canonical, type FilterGrammar, type FilterNode } from "@/lib/filters";
import { usePostOnce } from "@/lib/once";
import { knownZone } from "@/lib/zones";
import { toast } from "@/ui";
import { askForNeeded } from "./bus";
import { addMessage, placeConversation, recount, removeConversation } from "./cache";
import { type Filter, toQuery, treeOf } from "./filter";

export { useMe };
export { usePresence } from "./cache";

export function useConversations(filter: Filter, enabled = true) {
  return useInfiniteQuery<Page<Conversation>, Error, InfiniteData<Page<Conversation>>, readonly unknown[], string | null>({
    queryKey: ["conversations", filter],
    queryFn: ({ pageParam }) => api.get(`/conversations?limit=50&${toQuery(filter)}${pageParam ? `&cursor=${pageParam}` : ""}`),
    initialPageParam: null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    enabled,
  });
}

export const useConversation = (id: string) =>
  useQuery({ queryKey: ["conversation", id], queryFn: () => api.get<ConversationDetail>(`/conversations/${id}`), staleTime: 60_000, retry: noRetry });

/** One message of a conversation, fetched where it is too old to be at hand. */
export function useMessage(conversation: string, id?: string | null): Message | undefined {
  const known = useConversation(conversation).data?.messages.find((m) => m.id === id);
  const asked = useQuery({ queryKey: ["message", id], queryFn: () => api.get<Message>(`/messages/${id}`), enabled: !!id && !known, staleTime: 300_000, retry: noRetry });
  return known ?? (id ? asked.data : undefined);
}

function noRetry(count: number, error: Error): boolean {
  return count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500);
}

/** Older messages of a conversation, put before those on the screen. */
export function useOlderMessages(id: string) {
  const client = useQueryClient();
  const [loading, setLoading] = useState(false);
  const detail = client.getQueryData<ConversationDetail>(["conversation", id]);
  const cursor = detail?.messages_cursor;
  const load = useCallback(async () => {
    if (!cursor || loading) return;
    setLoading(true);
    try {
      const page = await api.get<Page<Message>>(`/conversations/${id}/messages?limit=50&cursor=${cursor}`);
      client.setQueryData<ConversationDetail>(["conversation", id], (old) =>
        old ? { ...old, messages: [...page.data.reverse(), ...old.messages], messages_cursor: page.next_cursor } : old,
      );
    } finally {
      setLoading(false);
    }
  }, [client, cursor, id, loading]);
  return { load, loading, more: !!cursor };
}

/** The views one sees, in one's own order. */
export function useViews() {
  return useQuery({ queryKey: ["views"], queryFn: () => api.get<Page<View>>("/views"), staleTime: 300_000 });
}
/** How many conversations each view, channel and member has. */
export const useCounts = () => useQuery({ queryKey: ["counts", "all"], queryFn: () => api.get<ViewCounts>("/views/counts"), staleTime: 30_000 }).data?.counts;
/** How many conversations a list has; nobody knows for words in messages. */
export function useCount(filter: Filter | null): number | undefined {
  const q = useFilterCount(filter && !filter.text ? treeOf(filter) : null);
  return filter && !filter.text && !q.isPlaceholderData ? q.data : undefined;
}
/** How many conversations a filter holds, as one builds it. */
export function useFilterCount(tree: FilterNode | null) {
  return useQuery({
    queryKey: ["counts", tree ? canonical(tree) : ""],
    queryFn: async () => (await api.post<ViewCounts>("/views/counts", { filters: { it: tree } })).counts.it,
    enabled: !!tree,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: noRetry,
  });
}
/** Which fields there are, with their operators. */
export const useGrammarQuery = (wanted = true) =>
  useQuery({ queryKey: ["filter-fields"], queryFn: () => api.get<FilterGrammar>("/filters/fields"), staleTime: Number.POSITIVE_INFINITY, enabled: wanted });
export const useGrammar = (wanted = true) => useGrammarQuery(wanted).data;

export function useMembers(): Member[] {
  const q = useQuery({ ...membersQuery, staleTime: 300_000 });
  return useMemo(() => (q.data?.data ?? []).filter((m) => m.active), [q.data]);
}
/** Who is there, as far as giving work goes; kept true by the live stream. */
export function useAvailability(): Map<string, MemberPresence> {
  const q = useQuery({ queryKey: ["presence"], queryFn: () => api.get<Page<MemberPresence>>("/presence"), staleTime: 60_000 });
  return useMemo(() => new Map((q.data?.data ?? []).map((p) => [p.member_id, p])), [q.data]);
}
export const statusOf = (all: Map<string, MemberPresence>, id: string): Availability => (all.get(id)?.status as Availability | undefined) ?? "offline";
export function useTeams(): Team[] {
  return useQuery({ queryKey: ["teams"], queryFn: () => api.get<Page<Team>>("/teams"), staleTime: 300_000 }).data?.data ?? none;
}
export function useChannels(): Channel[] {
  return useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels"), staleTime: 300_000 }).data?.data ?? none;
}
const channelTypes = { queryKey: ["channel-types"], queryFn: () => api.get<{ data: Descriptor[] }>("/channel-types"), staleTime: Number.POSITIVE_INFINITY };
export function useChannelTypes(): Descriptor[] {
  return useQuery(channelTypes).data?.data ?? none;
}
/** Whether it is known by now what channels can do, or that it will not be. */
export const useTypesKnown = () => useQuery(channelTypes).isFetched;
/** The zone whose clocks the team goes by; undefined where this browser does not know it. */
export function useZone(): string | undefined {
  const zone = useMe()?.workspace.time_zone;
  return useMemo(() => knownZone(zone), [zone]);
}
const none: never[] = [];
export function useDescriptor(provider?: string): Descriptor | undefined {
  return useChannelTypes().find((d) => d.id === provider);
}
export function useTags(): Tag[] {
  return useQuery({ queryKey: ["tags"], queryFn: () => api.get<Page<Tag>>("/tags"), staleTime: 300_000 }).data?.data ?? none;
}
export const useContact = (id?: string | null) =>
  useQuery({ queryKey: ["contact", id], queryFn: () => api.get<Contact>(`/contacts/${id}`), enabled: !!id, staleTime: 60_000, retry: noRetry });
export const useContactConversations = (id?: string | null) =>
  useQuery({
    queryKey: ["contact", id, "conversations"],
    queryFn: () => api.get<Page<Conversation>>(`/contacts/${id}/conversations?limit=10`),
    enabled: !!id,
    staleTime: 60_000,
  });

/** Everything one does to conversations and messages. Acts show at once, say so, and can be taken back. */
export function useActs() {
  const client = useQueryClient();
  const me = useMe();
  const post = usePostOnce();
  const { t } = useTranslation(["inbox", "macros", "common"]);
  return useMemo(() => {
    const known = (id: string): Conversation | undefined => {
      const detail = client.getQueryData<ConversationDetail>(["conversation", id]);
      if (detail) return detail;
      for (const [, list] of client.getQueriesData<InfiniteData<Page<Conversation>>>({ queryKey: ["conversations"] })) {
        const row = list?.pages.flatMap((p) => p.data).find((c) => c.id === id);
        if (row) return row;
      }
      return undefined;
    };
    /** What is needed before a conversation is closed is asked for where that one is open. */
    const isNeeded = (error: unknown) => error instanceof ApiError && error.fields.some((f) => f.code === "required_on_close");
    /** Something has to be filled in before it may be closed, as far as is known here. */
    const lacks = (c: Pick<Conversation, "custom_attributes"> | undefined): boolean => {
      const all = client.getQueryData<Page<AttributeDefinition>>(["attribute-definitions"])?.data ?? [];
      return !!c && all.some((d) => d.applies_to === "conversation" && d.required_on_close && !d.archived && (c.custom_attributes[d.key] ?? null) === null);
    };
    const failed = (error: unknown) => {
      toast.error((error instanceof ApiError && (error.fields[0]?.detail || error.detail)) || t("act.failed"));
      void client.invalidateQueries({ queryKey: ["conversations"] });
      void client.invalidateQueries({ queryKey: ["conversation"] });
    };
    /** Shows `guess` at once, asks the server for each, shows its answer; gives the rows that were changed, as they were. */
    const act = async (ids: string[], guess: (c: Conversation) => Partial<Conversation>, ask: (id: string) => Promise<Conversation>) => {
      const before = ids.map(known).filter((c): c is Conversation => !!c);
      for (const c of before) placeConversation(client, { ...c, ...guess(c) });
      const done = new Set<string>();
      try {
        for (const id of ids) {
          placeConversation(client, await ask(id));
          done.add(id);
        }
      } catch (error) {
        failed(error);
      }
      if (done.size) recount(client);
      return before.filter((c) => done.has(c.id));
    };
    const say = (text: string, undo: () => void) => offerUndo(text, t("act.undo"), undo);
    const restore = async (ids: string[]) => {
      try {
        for (const id of ids) placeConversation(client, await api.post<Conversation>(`/conversations/${id}/restore`));
      } catch (error) {
        failed(error);
      }
      for (const id of ids) void client.invalidateQueries({ queryKey: ["conversation", id] });
      recount(client);
    };
    /** `sub`: its name for the status; undefined leaves that to the server. */
    const status = async (ids: string[], to: string, until?: string | null, sub?: string | null) => {
      let needed = false;
      const before = await act(
        ids,
        () => ({ status: to as Conversation["status"], snoozed_until: until ?? null }),
        async (id) => {
          try {
            return await api.patch(`/conversations/${id}/status`, {
              status: to,
              ...(until ? { snoozed_until: until } : {}),
              ...(sub === undefined ? {} : { sub_status_id: sub ?? "" }),
            });
          } catch (error) {
            if (!isNeeded(error) || ids.length > 1) throw error;
            needed = true;
            // Somebody has asked for it since it was looked up here.
            void client.invalidateQueries({ queryKey: ["attribute-definitions"] });
            askForNeeded(id, sub ?? null);
            void client.invalidateQueries({ queryKey: ["conversations"] });
            return api.get<Conversation>(`/conversations/${id}`);
          }
        },
      );
      return needed ? [] : before;
    };
    const give = (ids: string[], to: string | null) =>
      act(
        ids,
        () => ({ assignee_id: to }),
        (id) => (to ? api.post(`/conversations/${id}/assign`, { assignee_id: to }) : api.post(`/conversations/${id}/unassign`)),
      );
    return {
      lacks,
      async assign(ids: string[], to: string | null) {
        const before = await give(ids, to === "me" ? (me?.member_id ?? null) : to);
        if (!before.length) return;
        say(t(to ? "act.assigned" : "act.unassigned", { count: before.length }), () => before.forEach((c) => void give([c.id], c.assignee_id ?? null)));
      },
      async giveToTeam(ids: string[], to: string | null) {
        const seat = (rows: string[], change: Partial<Pick<Conversation, "team_id" | "assignee_id">>) =>
          act(
            rows,
            () => change,
            (x) => api.post(`/conversations/${x}/assign`, Object.fromEntries(Object.entries(change).map(([k, v]) => [k, v ?? ""]))),
          );
        const before = await seat(ids, { team_id: to });
        if (!before.length) return;
        // The team may have given it to somebody; both come back.
        say(t(to ? "act.toTeam" : "act.noTeam", { count: before.length }), () => before.forEach((c) => void seat([c.id], { team_id: c.team_id, assignee_id: c.assignee_id })));
      },
      /** False when it was refused, or something is asked for first. */
      async setStatus(ids: string[], to: string, until?: string | null, sub?: string | null): Promise<boolean> {
        const [only] = ids;
        if (to === "resolved" && ids.length === 1 && only && lacks(known(only))) {
          askForNeeded(only, sub ?? null);
          return false;
        }
        const before = await status(ids, to, until, sub);
        if (!before.length) return false;
        say(t(`act.status.${to}`, { count: before.length }), () => before.forEach((c) => void status([c.id], c.status, c.snoozed_until, c.sub_status?.id ?? null)));
        return true;
      },
      /** Another name for the status that they have. */
      async setSubStatus(ids: string[], to: string | null) {
        const put = (rows: string[], sub: string | null) =>
          act(
            rows,
            () => ({}),
            (x) => api.patch(`/conversations/${x}`, { sub_status_id: sub ?? "" }),
          );
        const before = await put(ids, to);
        if (!before.length) return;
        say(t("act.subStatus", { count: before.length }), () => before.forEach((c) => void put([c.id], c.sub_status?.id ?? null)));
      },
      /** One custom attribute; null takes it away. Fails with the server's words, for the field to show. */
      async setAttribute(id: string, key: string, value: string | number | boolean | null) {
        const before = known(id)?.custom_attributes[key] ?? null;
        const put = async (v: unknown) => placeConversation(client, await api.patch<Conversation>(`/conversations/${id}`, { custom_attributes: { [key]: v } }));
        await put(value);
        recount(client);
        say(t("act.attribute"), () => void put(before).catch(failed));
      },
      async addTags(ids: string[], names: string[]) {
        await act(
          ids,
          (c) => ({ tags: [...new Set([...c.tags, ...names])] }),
          (id) => api.post(`/conversations/${id}/tags`, { tags: names }),
        );
        void client.invalidateQueries({ queryKey: ["tags"] });
      },
      async removeTags(ids: string[], names: string[]) {
        await act(
          ids,
          (c) => ({ tags: c.tags.filter((x) => !names.includes(x)) }),
          (id) => api.delete(`/conversations/${id}/tags`, { tags: names }) as unknown as Promise<Conversation>,
        );
      },
      async markRead(ids: string[], read: boolean) {
        await act(
          ids,
          (c) => ({ unread_count: read ? 0 : Math.max(1, c.unread_count) }),
          (id) => api.post(`/conversations/${id}/mark-read`, { read }),
        );
      },
      async setPriority(id: string, priority: string) {
        const put = (to: string) =>
          act(
            [id],
            () => ({ priority: to as Conversation["priority"] }),
            (x) => api.patch(`/conversations/${x}`, { priority: to }),
          );
        const [before] = await put(priority);
        if (before && before.priority !== priority) say(t("act.priority", { priority: t(`common:priority.${priority}`) }), () => void put(before.priority));
      },
      async setSubject(id: string, subject: string) {
        await act(
          [id],
          () => ({ subject }),
          (x) => api.patch(`/conversations/${x}`, { subject }),
        );
      },
      /** False when not all of them went; those that did can come back all the same. */
      async remove(ids: string[]): Promise<boolean> {
        const gone: string[] = [];
        try {
          for (const id of ids) {
            await api.delete(`/conversations/${id}`);
            gone.push(id);
            removeConversation(client, id);
          }
        } catch (error) {
          failed(error);
        }
        recount(client);
        if (gone.length) say(t("act.deleted", { count: gone.length }), () => void restore(gone));
        return gone.length === ids.length;
      },
      async cancel(message: Message): Promise<boolean> {
        try {
          addMessage(client, message.conversation_id, await api.post<Message>(`/messages/${message.id}/cancel`));
          return true;
        } catch (error) {
          failed(error);
          return false;
        }
      },
      async retry(message: Message) {
        try {
          addMessage(client, message.conversation_id, await api.post<Message>(`/messages/${message.id}/retry`));
        } catch (error) {
          failed(error);
        }
      },
      /** All of a macro or nothing; taken back as a whole. */
      async runMacro(id: string, macro: Pick<Macro, "id" | "name">, body: Record<string, unknown>): Promise<boolean> {
        let run: MacroRun;
        try {
          run = await post<MacroRun>(`/conversations/${id}/macros/${macro.id}/run`, body);
        } catch (error) {
          toast.error((error instanceof ApiError && (error.fields[0]?.detail || error.detail)) || t("macros:notRun"));
          return false;
        }
        for (const m of [run.message, run.note]) if (m) addMessage(client, id, m);
        placeConversation(client, run.conversation);
        recount(client);
        const undo = async (keep_reply: boolean) => {
          try {
            placeConversation(client, await api.post<Conversation>(`/macro-runs/${run.id}/undo`, { keep_reply }));
            void client.invalidateQueries({ queryKey: ["conversation", id] });
            recount(client);
            toast(t("macros:undone"));
          } catch (error) {
            const left = error instanceof ApiError && error.code === "macro_run.reply_left";
            const words = (error instanceof ApiError && error.detail) || t("macros:notUndone");
            toast.error(words, left ? { action: { label: t("macros:undoRest"), onClick: () => void undo(true) } } : undefined);
          }
        };
        say(t("macros:done", { name: macro.name }), () => void undo(false));
        return true;
      },
      /** For good: whoever calls this has asked. */
      async deleteNote(message: Message) {
        await api.delete(`/messages/${message.id}`);
        client.setQueryData<ConversationDetail>(["conversation", message.conversation_id], (old) =>
          old ? { ...old, messages: old.messages.filter((m) => m.id !== message.id) } : old,
        );
      },
    };
  }, [client, me?.member_id, post, t]);
}

/** Says what was done and offers to take it back, once, by button or by key. */
export function offerUndo(text: string, label: string, undo: () => void) {
  const once = () => {
    if (lastUndo === once) lastUndo = undefined;
    undo();
  };
  lastUndo = once;
  toast(text, { action: { label, onClick: once } });
}

let lastUndo: (() => void) | undefined;
/** What the key for undoing takes back next. */
export function keepUndo(undo: () => void) {
  const once = () => {
    if (lastUndo === once) lastUndo = undefined;
    undo();
  };
  lastUndo = once;
}
/** Takes the last act back, once. */
export function undoLast(): boolean {
  const undo = lastUndo;
  lastUndo = undefined;
  undo?.();
  return !!undo;
}
