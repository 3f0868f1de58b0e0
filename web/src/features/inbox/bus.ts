import { useEffect, useRef } from "react";
import type { Message } from "@/api/types";

/** Keys, palette and buttons say what is wanted; whoever can do it listens. */
export type Wish =
  | "reply" | "note" | "assign" | "assignMe" | "snooze" | "tags" | "priority" | "closeReopen" | "unread" | "spam" | "delete" | "undo"
  | "next" | "previous" | "select" | "searchList" | "toggleViews" | "toggleDetails" | "newConversation" | "palette" | "help";

type Handler = (payload?: unknown) => void;
const handlers = new Map<string, Set<Handler>>();

export interface Restorable {
  text: string;
  html?: string | null;
  is_note: boolean;
  subject?: string | null;
  to?: Message["to"];
  cc?: Message["cc"];
  bcc?: Message["bcc"];
  attachments?: Message["attachments"];
}

export const bus = {
  emit(name: string, payload?: unknown) {
    for (const h of handlers.get(name) ?? []) h(payload);
  },
  on(name: string, handler: Handler): () => void {
    const set = handlers.get(name) ?? new Set();
    handlers.set(name, set);
    set.add(handler);
    return () => set.delete(handler);
  },
  focusComposer(mode?: "reply" | "reply_all" | "note") {
    bus.emit(mode === "note" ? "note" : "reply");
  },
  restoreDraft(conversationId: string, message: Restorable) {
    bus.emit("restoreDraft", { conversationId, message });
  },
  newConversation(prefill?: unknown) {
    bus.emit("newConversation", prefill);
  },
};

/** Listens for a wish as long as the component is there. */
export function useWish(name: Wish | "restoreDraft", handler: Handler) {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => bus.on(name, (p) => latest.current(p)), [name]);
}

interface ComposerRequests {
  focus: (mode?: "reply" | "note") => void;
  restore: (message: Restorable) => void;
}
/** What others ask of the composer of one conversation. */
export function useComposerRequests(id: string, requests: ComposerRequests) {
  useWish("reply", () => requests.focus("reply"));
  useWish("note", () => requests.focus("note"));
  useWish("restoreDraft", (p) => {
    const { conversationId, message } = p as { conversationId: string; message: Restorable };
    if (conversationId === id) requests.restore(message);
  });
}
