import type { Conversation } from "@/api/types";

/** What a list shows; the same words as in the API and in the page's address. */
export interface Filter {
  status?: string;
  channel_id?: string;
  assignee?: string;
  team?: string;
  tag?: string;
  unread?: boolean;
  /** Only those I take part in. */
  following?: boolean;
  text?: string;
  sort?: "newest" | "oldest" | "waiting";
}

export function toQuery(f: Filter): string {
  const q = new URLSearchParams();
  q.set("status", f.status ?? "open");
  if (f.channel_id) q.set("channel_id", f.channel_id);
  if (f.assignee) q.set("assignee", f.assignee);
  if (f.team) q.set("team", f.team);
  if (f.tag) q.set("tag", f.tag);
  if (f.unread) q.set("unread", "true");
  if (f.following) q.set("following", "true");
  if (f.text) q.set("text", f.text);
  if (f.sort && f.sort !== "newest") q.set("sort", f.sort);
  return q.toString();
}

/** Whether a conversation belongs in a list; `null` when only the server can tell (full text). */
export function matches(f: Filter, c: Conversation, me: string): boolean | null {
  if (f.text || f.following) return null;
  const open = c.status === "new" || c.status === "open";
  const statuses = (f.status ?? "open").split(",");
  const status = statuses.some((s) => s === "all" || (s === "open" ? open : s === "closed" ? c.status === "resolved" : s === c.status));
  if (!status) return false;
  if (f.channel_id && c.channel_id !== f.channel_id) return false;
  if (f.assignee === "me" && c.assignee_id !== me) return false;
  if (f.assignee === "none" && c.assignee_id) return false;
  if (f.assignee && f.assignee !== "me" && f.assignee !== "none" && c.assignee_id !== f.assignee) return false;
  if (f.team === "none" && c.team_id) return false;
  if (f.team && f.team !== "none" && c.team_id !== f.team) return false;
  if (f.tag && !c.tags.some((t) => t.toLowerCase() === f.tag?.toLowerCase())) return false;
  if (f.unread && c.unread_count === 0) return false;
  if (f.sort === "waiting" && !c.waiting_since) return false;
  return true;
}

/** Order of two rows in a list. */
export function before(sort: Filter["sort"], a: Conversation, b: Conversation): number {
  const key = (c: Conversation) => (sort === "waiting" ? (c.waiting_since ?? "") : c.last_message_at);
  const order = key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id < b.id ? -1 : 1;
  return sort === "oldest" || sort === "waiting" ? order : -order;
}
