import type { Message } from "@/api/types";

type Timed = Pick<Message, "status" | "send_at" | "sent_at" | "created_at">;

/** Written for some other day: longer ahead than any undo lasts. */
export function isForLater(m: Pick<Timed, "send_at" | "created_at">): boolean {
  return !!m.send_at && Date.parse(m.send_at) - Date.parse(m.created_at) > 60_000;
}

/** Still waits for its day, and stands in the queue instead of among what was said. */
export const isWaiting = (m: Timed): boolean => m.status === "scheduled" && isForLater(m);

/** When it was said. */
export const saidAt = (m: Timed): string => m.sent_at ?? (isForLater(m) && m.status !== "cancelled" && m.send_at ? m.send_at : m.created_at);

/** What waits in a conversation, earliest first: as it was when the conversation was opened, and as it is now. */
export function waiting<T extends Timed & { id: string; metadata?: Record<string, unknown> }>(first: readonly T[], messages: readonly T[]): T[] {
  const now = new Map(messages.map((m) => [m.id, m]));
  const all = [...first.map((m) => now.get(m.id) ?? m), ...messages.filter((m) => !first.some((f) => f.id === m.id))];
  return all.filter((m) => isWaiting(m) && !m.metadata?.part_of).sort((a, b) => (a.send_at ?? "").localeCompare(b.send_at ?? ""));
}
