import { type InfiniteData, notifyManager, type QueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import type { Me } from "@/api/client";
import type { ChangeFrame, Conversation, ConversationDetail, EventFrame, MemberPresence, Message, Page } from "@/api/types";
import { before, type Filter, matches } from "./filter";
import { isForLater, isWaiting, saidAt } from "./scheduled/later";

/** The one place where changes reach what is on the screen: events of the live stream and the answers to our own acts. */

interface Presence {
  typing: Record<string, { name: string; kind: "contact" | "member"; id: string }[]>;
  viewing: Record<string, string | null>;
  online: Set<string>;
}
export const usePresence = create<Presence>(() => ({ typing: {}, viewing: {}, online: new Set() }));

type List = InfiniteData<Page<Conversation>, string | null>;

/** Puts a conversation where it belongs in every list that is known, or takes it out. */
export function placeConversation(client: QueryClient, c: Conversation) {
  const me = client.getQueryData<Me>(["me"])?.member_id ?? "";
  for (const [key, list] of client.getQueriesData<List>({ queryKey: ["conversations"] })) {
    if (!list) continue;
    const filter = (key[1] ?? {}) as Filter;
    const fits = matches(filter, c, me);
    // Words of messages are looked for once; what else only the server can tell is asked again.
    if (fits === null && !filter.text) askAgain(client, key);
    put<List>(client, key, () => place(list, c, fits, filter));
  }
  put<ConversationDetail>(client, ["conversation", c.id], (old) => old && { ...old, ...c });
}

/** Changes what is known without calling it fresh: what is to be asked anew stays so, however many events come before somebody looks. */
function put<T>(client: QueryClient, key: readonly unknown[], change: (old: T | undefined) => T | undefined) {
  const stale = client.getQueryState(key)?.isInvalidated;
  client.setQueryData<T>(key, change);
  if (stale) void client.invalidateQueries({ queryKey: key, exact: true, refetchType: "none" });
}

/** A list with the conversation in its place; `fits` null updates the row only where it stands already. */
export function place(list: List, c: Conversation, fits: boolean | null, filter: Filter): List {
  const all = list.pages.flatMap((p) => p.data);
  const known = all.find((x) => x.id === c.id);
  if (fits === null) {
    if (!known) return list;
    return { ...list, pages: list.pages.map((p) => ({ ...p, data: p.data.map((x) => (x.id === c.id ? c : x)) })) };
  }
  if (!fits && !known) return list;
  const rest = all.filter((x) => x.id !== c.id);
  if (fits) {
    const at = rest.findIndex((x) => before(filter, c, x) < 0);
    const more = list.pages.at(-1)?.next_cursor;
    // Behind the last row we know, it comes with the next page.
    if (at >= 0) rest.splice(at, 0, c);
    else if (!more) rest.push(c);
  }
  const last = list.pages.length - 1;
  let from = 0;
  const pages = list.pages.map((p, i) => {
    const to = i === last ? rest.length : from + p.data.length;
    const data = rest.slice(from, to);
    from = to;
    return { ...p, data };
  });
  return { ...list, pages };
}

/** Adds or replaces a message in its conversation. */
export function addMessage(client: QueryClient, id: string, message: Message) {
  put<ConversationDetail>(
    client,
    ["conversation", id],
    (old) => old && { ...old, messages: merge(old.messages, message), pinned: pinnedWith(old.pinned, message), scheduled: waitingWith(old.scheduled, message) },
  );
}

/** Pinned ones, last pinned first. */
function pinnedWith(all: Message[] | undefined, m: Message): Message[] {
  const others = (all ?? []).filter((x) => x.id !== m.id);
  return m.pinned_at ? [m, ...others].sort((a, b) => ((a.pinned_at ?? "") < (b.pinned_at ?? "") ? 1 : -1)) : others;
}

/** What waits for its day, earliest first. */
function waitingWith(all: Message[] | undefined, m: Message): Message[] {
  const others = (all ?? []).filter((x) => x.id !== m.id);
  return isWaiting(m) ? [...others, m].sort((a, b) => ((a.send_at ?? "") < (b.send_at ?? "") ? -1 : 1)) : others;
}

/** Messages stay in order of time; one with a known id is replaced, and moved where it was said at another time. */
export function merge(all: Message[], m: Message): Message[] {
  const at = all.findIndex((x) => x.id === m.id);
  const known = all[at];
  if (known && (!isForLater(m) || saidAt(known) === saidAt(m))) {
    const next = [...all];
    next[at] = m;
    return next;
  }
  const messages = known ? all.filter((x) => x !== known) : all;
  const time = saidAt;
  let i = messages.length;
  while (i > 0 && time(messages[i - 1] as Message) > time(m)) i--;
  return [...messages.slice(0, i), m, ...messages.slice(i)];
}

let counting: ReturnType<typeof setTimeout> | undefined;
let first = 0;
const REST = 400;
const MOST = 2_000;
/** Counts come from the server, which counts again only what has changed; asked once for many changes, and while they do not end every two seconds. */
export function recount(client: QueryClient) {
  const now = performance.now();
  if (!counting) first = now;
  clearTimeout(counting);
  counting = setTimeout(
    () => {
      counting = undefined;
      void client.invalidateQueries({ queryKey: ["counts"] });
    },
    Math.max(0, Math.min(REST, first + MOST - now)),
  );
}

let askingForAll: ReturnType<typeof setTimeout> | undefined;
/** Fetches what is on the screen anew, at most every second and a half. */
function askForAll(client: QueryClient) {
  if (askingForAll) return;
  askingForAll = setTimeout(() => {
    askingForAll = undefined;
    void client.invalidateQueries({ queryKey: ["conversations"] });
    void client.invalidateQueries({ queryKey: ["conversation"] });
    void client.invalidateQueries({ queryKey: ["contact"] });
    void client.invalidateQueries({ queryKey: ["contact-conversations"] });
    void client.invalidateQueries({ queryKey: ["tags"] });
  }, 1_500);
}

const asking = new Set<string>();
/** Fetches a list anew, once for all that happens within a second and a half. */
function askAgain(client: QueryClient, queryKey: readonly unknown[]) {
  const name = JSON.stringify(queryKey);
  if (asking.has(name)) return;
  asking.add(name);
  setTimeout(() => {
    asking.delete(name);
    void client.invalidateQueries({ queryKey, exact: true });
  }, 1_500);
}

const forget = (client: QueryClient, key: string) => void client.invalidateQueries({ queryKey: [key] });

let waiting: EventFrame[] = [];
/** Takes a frame in; many that come at once reach the screen together. */
export function takeFrame(client: QueryClient, frame: EventFrame) {
  waiting.push(frame);
  if (waiting.length > 1) return;
  setTimeout(() => {
    const all = waiting;
    waiting = [];
    notifyManager.batch(() => {
      for (const f of all) applyFrame(client, f);
    });
  }, 16);
}

export function applyFrame(client: QueryClient, frame: EventFrame) {
  if (frame.type === "event") return applyChange(client, frame);
  if (frame.type === "reset") {
    void client.invalidateQueries();
    return;
  }
  if (frame.type === "presence") {
    const online = new Set(Object.entries(frame.members).flatMap(([id, m]) => (m.online ? [id] : [])));
    const viewing = Object.fromEntries(Object.entries(frame.members).map(([id, m]) => [id, m.viewing]));
    usePresence.setState({ online, viewing });
    return;
  }
  if (frame.type === "typing") applyTyping(frame.conversation_id, frame.who, frame.typing);
}

const silences = new Map<string, ReturnType<typeof setTimeout>>();
function applyTyping(conversation: string, who: { kind: "contact" | "member"; id: string; name: string }, typing: boolean) {
  const key = `${conversation} ${who.id}`;
  clearTimeout(silences.get(key));
  const known = usePresence.getState().typing[conversation]?.some((t) => t.id === who.id);
  if (!typing && !known) return;
  usePresence.setState((s) => {
    const others = (s.typing[conversation] ?? []).filter((t) => t.id !== who.id);
    return { typing: { ...s.typing, [conversation]: typing ? [...others, who] : others } };
  });
  // Whoever goes silent without a word has stopped.
  if (typing)
    silences.set(
      key,
      setTimeout(() => applyTyping(conversation, who, false), 8_000),
    );
}

function applyChange(client: QueryClient, e: ChangeFrame) {
  const kind = e.kind.split(".")[0];
  if (e.message && e.conversation_id) {
    addMessage(client, e.conversation_id, e.message);
    if (e.kind === "message.created" && e.message.direction === "inbound" && e.contact_id) {
      applyTyping(e.conversation_id, { kind: "contact", id: e.contact_id, name: "" }, false);
    }
  }
  if (e.kind === "message.deleted" && e.conversation_id && e.message_id) {
    const id = e.message_id;
    const without = (all: Message[]) => all.filter((m) => m.id !== id);
    put<ConversationDetail>(client, ["conversation", e.conversation_id], (old) => old && { ...old, messages: without(old.messages), pinned: without(old.pinned ?? []) });
  }
  if (e.message && isForLater(e.message)) forget(client, "scheduled");
  if (e.conversation) {
    placeConversation(client, e.conversation);
    const { contact_id } = e.conversation;
    void client.invalidateQueries({ queryKey: ["contact", contact_id, "conversations"] });
    void client.invalidateQueries({ queryKey: ["contact-conversations", contact_id] });
  }
  if (e.kind === "conversation.read" && e.conversation_id && e.payload.up_to) markSeen(client, e.conversation_id, String(e.payload.up_to), e.at);
  if ((e.kind === "conversation.followed" || e.kind === "conversation.unfollowed") && e.conversation_id) {
    const member = String(e.payload.member_id);
    const on = e.kind === "conversation.followed";
    put<ConversationDetail>(
      client,
      ["conversation", e.conversation_id],
      (old) => old && { ...old, followers: [...(old.followers ?? []).filter((m) => m !== member), ...(on ? [member] : [])] },
    );
  }
  // What was merged goes on elsewhere; what was split off or came back changes both.
  if (/^conversation\.(merged|unmerged|split)$/.test(e.kind) && e.conversation_id) {
    if (e.kind === "conversation.merged" && e.payload.into) removeConversation(client, e.conversation_id);
    void client.invalidateQueries({ queryKey: ["conversation", e.conversation_id] });
  }
  if (/^conversation\.(deleted|restored|purged)$/.test(e.kind)) forget(client, "trash");
  if (e.kind === "conversation.deleted" && e.conversation_id) {
    removeConversation(client, e.conversation_id);
    void client.invalidateQueries({ queryKey: ["conversation", e.conversation_id] });
  }
  if (e.kind === "conversation.gone" && e.conversation_id) {
    // It went out of our sight; what we knew of it goes too.
    removeConversation(client, e.conversation_id);
    void client.invalidateQueries({ queryKey: ["conversation", e.conversation_id] });
  }
  if (kind === "conversation" || kind === "message") {
    recount(client);
    // Figures of each channel and each name of a status, asked for when their page opens.
    for (const key of ["channels", "sub-statuses"]) void client.invalidateQueries({ queryKey: [key], refetchType: "none" });
  }
  if (e.kind === "message.created" && e.conversation) void client.invalidateQueries({ queryKey: ["contact", e.conversation.contact_id] });
  if (e.kind === "conversation.updated") forget(client, "tags");
  if (kind === "block") forget(client, "blocks");
  if (kind === "contact") {
    forget(client, "contact");
    forget(client, "contacts");
    recount(client);
    // Each row says whose it is.
    if (e.contact_id && isShown(client, e.contact_id)) askForAll(client);
  }
  if (kind === "channel") forget(client, "channels");
  if (e.kind === "member.presence_changed") {
    const { member_id, status } = e.payload as { member_id: string; status: string };
    client.setQueryData<Page<MemberPresence>>(
      ["presence"],
      (old) => old && { ...old, data: old.data.map((p) => (p.member_id === member_id ? { ...p, status: status as MemberPresence["status"], since: e.at } : p)) },
    );
    return;
  }
  if (/^conversation\.(created|assigned|status_changed|deleted|restored|merged|unmerged|split)$|^member\.capacity_changed$|^bulk\./.test(e.kind)) forget(client, "presence");
  if (kind === "member") forget(client, "members");
  if (e.kind === "member.updated" && e.payload.member_id === client.getQueryData<Me>(["me"])?.member_id) forget(client, "me");
  if (kind === "team") {
    forget(client, "teams");
    recount(client);
    // Its conversations are nobody's then.
    if (e.kind === "team.deleted") askForAll(client);
  }
  if (kind === "role") {
    forget(client, "roles");
    forget(client, "me");
  }
  if (kind === "tag") forget(client, "tags");
  // One act on many conversations: each of them may have changed.
  if (kind === "bulk") {
    askForAll(client);
    recount(client);
    forget(client, "trash");
    forget(client, "bulk");
  }
  if (kind === "view") {
    forget(client, "views");
    recount(client);
  }
  if (kind === "canned_reply" && e.kind !== "canned_reply.used") forget(client, "canned-replies");
  if (kind === "macro" && !e.conversation_id) forget(client, "macros");
  if (kind === "signature") forget(client, "signature");
  // It happens once in a while, and may be that the sample data went.
  if (kind === "workspace") void client.invalidateQueries();
}

/** Whether a conversation with this person is known here. */
function isShown(client: QueryClient, contact: string): boolean {
  const details = client.getQueriesData<ConversationDetail>({ queryKey: ["conversation"] });
  const lists = client.getQueriesData<List>({ queryKey: ["conversations"] });
  return details.some(([, c]) => c?.contact_id === contact) || lists.some(([, list]) => list?.pages.some((p) => p.data.some((c) => c.contact_id === contact)));
}

/** What came in up to this message has been read by the team. */
function markSeen(client: QueryClient, id: string, upTo: string, at: string) {
  put<ConversationDetail>(client, ["conversation", id], (old) => {
    const end = old?.messages.findIndex((m) => m.id === upTo) ?? -1;
    if (!old || end < 0) return old;
    return { ...old, messages: old.messages.map((m, i) => (i <= end && m.direction === "inbound" && !m.read_at ? { ...m, read_at: at } : m)) };
  });
}

export function removeConversation(client: QueryClient, id: string) {
  for (const [key, list] of client.getQueriesData<List>({ queryKey: ["conversations"] })) {
    if (!list) continue;
    put<List>(client, key, () => ({ ...list, pages: list.pages.map((p) => ({ ...p, data: p.data.filter((c) => c.id !== id) })) }));
  }
}
