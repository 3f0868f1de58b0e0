import type { ConversationDetail } from "@/api/types";

interface Seen {
  count: number;
  last: string | null;
}

type Thread = Pick<ConversationDetail, "message_count" | "messages">;

export const look = (d: Thread): Seen => ({ count: d.message_count, last: d.messages.at(-1)?.id ?? null });

/** What the writer had read when the text began. Own messages arriving meanwhile are no news, nor is a count that only catches up. */
export function keepSeen(seen: Seen, d: Thread, member: string): Seen {
  if (d.message_count <= seen.count) return seen;
  const from = d.messages.findIndex((m) => m.id === seen.last);
  const fresh = from < 0 ? [] : d.messages.slice(from + 1);
  return from >= 0 && fresh.every((m) => m.direction === "outbound" && m.sender_id === member) ? look(d) : seen;
}
