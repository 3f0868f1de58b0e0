import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { BlockedContact, Conversation, ConversationDetail, Merge, Message } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { toast } from "@/ui";
import { addMessage, placeConversation, recount, removeConversation } from "../cache";
import { offerUndo } from "../data";

/** Merging, splitting, following, blocking, pinning: what changes what a conversation is made of. */
export function useShaping() {
  const { t } = useTranslation("shaping");
  const client = useQueryClient();
  const post = usePostOnce();
  return useMemo(() => {
    const failed = (e: unknown) => void toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("failed"));
    const anew = (...ids: string[]) => {
      for (const id of ids) void client.invalidateQueries({ queryKey: ["conversation", id] });
      void client.invalidateQueries({ queryKey: ["conversations"] });
      recount(client);
    };
    const unmerge = async (merges: readonly Pick<Merge, "id" | "source_id" | "target_id">[]) => {
      try {
        for (const m of merges) {
          const both = await api.post<{ source: Conversation; target: Conversation }>(`/merges/${m.id}/undo`);
          placeConversation(client, both.source);
          placeConversation(client, both.target);
        }
        toast(t("merge.undone"));
      } catch (e) {
        failed(e);
      }
      anew(...merges.flatMap((m) => [m.source_id, m.target_id]));
    };
    const put = (id: string, change: (old: ConversationDetail) => Partial<ConversationDetail>) =>
      client.setQueryData<ConversationDetail>(["conversation", id], (old) => (old ? { ...old, ...change(old) } : old));
    return {
      unmerge,
      /** Puts others into this one; false when nothing came of it. */
      async merge(target: string, from: string[]): Promise<boolean> {
        try {
          const done = await post<{ conversation: Conversation; merges: Merge[] }>(`/conversations/${target}/merge`, { from });
          for (const id of from) removeConversation(client, id);
          placeConversation(client, done.conversation);
          anew(target);
          offerUndo(t("merge.done", { count: from.length + 1 }), t("undo"), () => void unmerge(done.merges));
          return true;
        } catch (e) {
          failed(e);
          return false;
        }
      },
      async split(id: string, message_ids: string[], subject: string, onUndone: () => void): Promise<Conversation | null> {
        try {
          const made = await post<Conversation>(`/conversations/${id}/split`, { message_ids, subject });
          placeConversation(client, made);
          anew(id);
          const back = async () => {
            try {
              await api.post(`/conversations/${id}/merge`, { from: [made.id] });
              removeConversation(client, made.id);
              onUndone();
            } catch (e) {
              failed(e);
            }
            anew(id);
          };
          offerUndo(t("split.done"), t("undo"), () => void back());
          return made;
        } catch (e) {
          failed(e);
          return null;
        }
      },
      async follow(id: string, member: string, on: boolean) {
        put(id, (old) => ({ followers: on ? [...(old.followers ?? []).filter((m) => m !== member), member] : (old.followers ?? []).filter((m) => m !== member) }));
        try {
          if (on) await api.post(`/conversations/${id}/followers`, { member_id: member });
          else await api.delete(`/conversations/${id}/followers/${member}`);
        } catch (e) {
          failed(e);
          void client.invalidateQueries({ queryKey: ["conversation", id] });
        }
      },
      async block(contact: string, name: string) {
        const done = await post<BlockedContact>(`/contacts/${contact}/block`, {});
        const moved = done.conversations.map((c) => c.id);
        client.setQueryData(["contact", contact], done.contact);
        void client.invalidateQueries({ queryKey: ["blocks"] });
        anew(...moved);
        const back = async () => {
          try {
            client.setQueryData(["contact", contact], await api.delete(`/contacts/${contact}/block`));
            for (const c of done.conversations) placeConversation(client, await api.patch<Conversation>(`/conversations/${c.id}/status`, standing(c)));
          } catch (e) {
            failed(e);
          }
          anew(...moved);
        };
        offerUndo(t("block.done", { name }), t("undo"), () => void back());
      },
      async unblock(contact: string, ...conversations: string[]) {
        try {
          client.setQueryData(["contact", contact], await api.delete(`/contacts/${contact}/block`));
          void client.invalidateQueries({ queryKey: ["blocks"] });
          toast(t("block.undone"));
        } catch (e) {
          failed(e);
        }
        anew(...conversations);
      },
      async pin(m: Message, on: boolean) {
        try {
          addMessage(client, m.conversation_id, on ? await api.post<Message>(`/messages/${m.id}/pin`) : ((await api.delete(`/messages/${m.id}/pin`)) as unknown as Message));
        } catch (e) {
          failed(e);
        }
      },
    };
  }, [client, post, t]);
}

/** The status something had, as it is set again; a snooze that has ended meanwhile is open. */
export function standing(c: Pick<Conversation, "status" | "snoozed_until">, now = Date.now()): { status: string; snoozed_until?: string } {
  if (c.status !== "snoozed") return { status: c.status };
  if (!c.snoozed_until) return { status: "snoozed" };
  return Date.parse(c.snoozed_until) > now ? { status: "snoozed", snoozed_until: c.snoozed_until } : { status: "open" };
}

/** Notes that stand above a conversation: as they were when it was opened, and as they are now. */
export function pinnedOf(first: readonly Message[], messages: readonly Message[]): Message[] {
  const now = new Map(messages.map((m) => [m.id, m]));
  const all = [...first.map((m) => now.get(m.id) ?? m), ...messages.filter((m) => m.is_note && !first.some((f) => f.id === m.id))];
  return all.filter((m) => m.pinned_at).sort((a, b) => (b.pinned_at ?? "").localeCompare(a.pinned_at ?? ""));
}
