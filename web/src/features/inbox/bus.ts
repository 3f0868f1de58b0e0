import { useEffect, useRef } from "react";
import type { Message } from "@/api/types";
import type { Ask } from "./beside/beside";

/** Keys, palette and buttons say what is wanted; whoever can do it listens. */
export type Wish =
  | "reply"
  | "replyAll"
  | "note"
  | "assign"
  | "assignMe"
  | "snooze"
  | "tags"
  | "priority"
  | "closeReopen"
  | "closeThis"
  | "unread"
  | "spam"
  | "delete"
  | "undo"
  | "saveView"
  | "next"
  | "previous"
  | "extendNext"
  | "extendPrevious"
  | "openConversation"
  | "select"
  | "searchList"
  | "toggleViews"
  | "toggleDetails"
  | "newConversation"
  | "palette"
  | "help"
  | "canned"
  | "macros"
  | "merge"
  | "archive"
  | "follow"
  | "block"
  | "forward"
  | "transcript"
  | "status";

/** What can be written again after it has been taken back. */
export interface Restorable {
  text: string;
  html?: string | null;
  is_note: boolean;
  subject?: string | null;
  to?: Message["to"];
  cc?: Message["cc"];
  bcc?: Message["bcc"];
  attachments?: Message["attachments"];
  /** When it was to leave. */
  later?: { at: string; unlessReply: boolean } | null;
  /** What was written of it, where more stands below. */
  stripped_text?: string | null;
  /** Which message it answered. */
  reply_to_id?: string | null;
  metadata?: Message["metadata"];
}

export interface NewConversationPrefill {
  channel_id?: string;
  contact_id?: string;
  address?: string;
  name?: string;
}
export type ComposerMode = "reply" | "reply_all" | "note";

type Payloads = { [K in Wish]: K extends "newConversation" ? NewConversationPrefill : undefined } & {
  restoreDraft: { conversationId: string; message: Restorable };
  /** An answer to a certain message. */
  replyTo: { conversationId: string; messageId: string };
  /** Something for somebody else. */
  beside: Ask;
  /** A conversation is to be opened. */
  goTo: string;
  /** It was not closed: something is to be filled in first. */
  needed: { conversationId: string; sub: string | null };
};
type Handler<K extends keyof Payloads> = (payload: Payloads[K]) => void;
/** Answers true where it has done what was wanted, so that nobody else does. */
type Claim<K extends keyof Payloads> = (payload: Payloads[K]) => boolean;

/** What a part does that may still be loading: it is asked once it is there. */
const kept: ReadonlySet<keyof Payloads> = new Set<keyof Payloads>(["reply", "replyAll", "note", "newConversation", "canned"]);
const PATIENCE = 5000;
let wanted: { name: keyof Payloads; payload: unknown; at: number } | null = null;

const claims = new Map<keyof Payloads, Set<Claim<never>>>();
const handlers = new Map<keyof Payloads, Set<Handler<never>>>();

export const bus = {
  /** Says whether somebody has taken it for their own. */
  emit<K extends keyof Payloads>(...[name, payload]: Payloads[K] extends undefined ? [name: K] : [name: K, payload: Payloads[K]]): boolean {
    for (const claim of claims.get(name) ?? []) if (claim(payload as never)) return true;
    const able = handlers.get(name);
    wanted = kept.has(name) && !able?.size ? { name, payload, at: performance.now() } : null;
    for (const handler of able ?? []) handler(payload as never);
    return false;
  },
  /** Whether somebody would follow it now. */
  isHeard: (name: keyof Payloads): boolean => !!handlers.get(name)?.size,
  /** Whether somebody takes it for their own before those who merely listen. */
  isClaimed: (name: keyof Payloads): boolean => !!claims.get(name)?.size,
  /** For whoever has just been called up and is not there yet. */
  keep(name: Wish) {
    wanted = { name, payload: undefined, at: performance.now() };
  },
  on<K extends keyof Payloads>(name: K, handler: Handler<K>): () => void {
    const set = handlers.get(name) ?? new Set();
    handlers.set(name, set);
    set.add(handler as Handler<never>);
    const waiting = wanted;
    if (waiting?.name === name)
      setTimeout(() => {
        // Whoever left again at once has not followed it.
        if (wanted !== waiting || !set.has(handler as Handler<never>)) return;
        wanted = null;
        if (performance.now() - waiting.at < PATIENCE) handler(waiting.payload as Payloads[K]);
      });
    return () => void set.delete(handler as Handler<never>);
  },
};

export const focusComposer = (mode?: ComposerMode) => bus.emit(mode === "note" ? "note" : mode === "reply_all" ? "replyAll" : "reply");

/** Words for conversations that are not on the screen: they wait until those are opened, however long that takes. */
const left = {
  restoreDraft: new Map<string, Payloads["restoreDraft"][]>(),
  beside: new Map<string, Payloads["beside"][]>(),
  needed: new Map<string, Payloads["needed"][]>(),
};
type Left = keyof typeof left;

/** Hands words to their conversation; where that is not open, it is opened and has them then. */
function hand<K extends Left>(name: K, words: Payloads[K]) {
  if (bus.emit(...([name, words] as unknown as Parameters<typeof bus.emit>))) return;
  const waiting = left[name] as Map<string, Payloads[K][]>;
  waiting.set(words.conversationId, [...(waiting.get(words.conversationId) ?? []), words]);
  bus.emit("goTo", words.conversationId);
}
export const restoreDraft = (conversationId: string, message: Restorable) => hand("restoreDraft", { conversationId, message });
export const writeBeside = (ask: Ask) => hand("beside", ask);
/** It is asked where the conversation is open; from a list it opens first. */
export const askForNeeded = (conversationId: string, sub: string | null) => hand("needed", { conversationId, sub });

/** Takes the words for one conversation: those that come, and those that were left for it. */
export function useWords<K extends Left>(name: K, id: string, take: (words: Payloads[K]) => void) {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useClaim(name, (words: Payloads[K]) => {
    if (words.conversationId !== id) return false;
    latest.current(words);
    return true;
  });
  useEffect(() => {
    const waiting = left[name] as Map<string, Payloads[K][]>;
    const mine = waiting.get(id) ?? [];
    waiting.delete(id);
    for (const words of mine) latest.current(words);
  }, [name, id]);
}

export const newConversation = (prefill: NewConversationPrefill = {}) => bus.emit("newConversation", prefill);
export const openSnooze = () => bus.emit("snooze");
export const openAssign = () => bus.emit("assign");
export const openTags = () => bus.emit("tags");

/** Listens for a wish as long as the component is there. */
export function useWish<K extends keyof Payloads>(name: K, handler: Handler<K>) {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => bus.on(name, (payload) => latest.current(payload)), [name]);
}
/** Asked before those who merely listen: what is selected comes before what is open. */
export function useClaim<K extends keyof Payloads>(name: K, claim: Claim<K>) {
  const latest = useRef(claim);
  useEffect(() => {
    latest.current = claim;
  });
  useEffect(() => {
    const mine: Claim<K> = (payload) => latest.current(payload);
    const set = claims.get(name) ?? new Set();
    claims.set(name, set);
    set.add(mine as Claim<never>);
    return () => void set.delete(mine as Claim<never>);
  }, [name]);
}

interface ComposerRequests {
  focus: (mode: ComposerMode) => void;
  restore: (message: Restorable) => void;
  replyTo: (messageId: string) => void;
}

/** What others ask of the composer of one conversation. */
export function useComposerRequests(id: string, requests: ComposerRequests) {
  useWish("reply", () => requests.focus("reply"));
  useWish("replyAll", () => requests.focus("reply_all"));
  useWish("note", () => requests.focus("note"));
  useWords("restoreDraft", id, ({ message }) => requests.restore(message));
  useWish("replyTo", ({ conversationId, messageId }) => {
    if (conversationId === id) requests.replyTo(messageId);
  });
}
