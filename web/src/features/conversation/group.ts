import type { Message } from "@/api/types";
import { callOf } from "@/lib/calls";
import { isWaiting, saidAt } from "@/features/inbox/scheduled/later";
import { marksOf } from "./trust";

/** One line of the timeline: a day, the border to what is unread, or messages of one author that belong together. */
export type Item = { kind: "day"; key: string; at: string } | { kind: "new"; key: string } | { kind: "group"; key: string; messages: Message[] };

const TOGETHER = 5 * 60_000;
export const timeOf = (m: Message) => saidAt(m);
const standsAlone = (m: Message) => m.is_note || !!m.aside_id || !!callOf(m.metadata);
const author = (m: Message) => `${m.direction}|${m.sender_id ?? m.from ?? ""}|${m.is_note}|${marksOf(m)}`;

/** Groups chat bubbles of one author within five minutes; mails and notes stand alone. `firstUnread` gets the border before it. */
export function group(messages: readonly Message[], alone: boolean, firstUnread?: string): Item[] {
  const items: Item[] = [];
  let day = "";
  for (const m of messages) {
    // What was taken back is gone, unless the product did it; what waits for its day stands elsewhere.
    if ((m.status === "cancelled" && !m.metadata?.cancelled_because) || isWaiting(m)) continue;
    const at = timeOf(m);
    const today = new Date(at).toDateString();
    const newDay = today !== day;
    if (newDay) items.push({ kind: "day", key: `d${today}`, at });
    day = today;
    if (m.id === firstUnread) items.push({ kind: "new", key: "new" });
    const last = items.at(-1);
    const before = last?.kind === "group" ? last.messages.at(-1) : undefined;
    const joins = !alone && !standsAlone(m) && before && !standsAlone(before) && author(before) === author(m) && Date.parse(at) - Date.parse(timeOf(before)) < TOGETHER;
    if (joins && last?.kind === "group") last.messages.push(m);
    else items.push({ kind: "group", key: m.id, messages: [m] });
  }
  return items;
}

/** The first of the last `unread` inbound messages. */
export function firstUnread(messages: readonly Message[], unread: number): string | undefined {
  if (!unread) return undefined;
  return messages.filter((m) => m.direction === "inbound" && callOf(m.metadata)?.outcome !== "answered").at(-unread)?.id;
}
