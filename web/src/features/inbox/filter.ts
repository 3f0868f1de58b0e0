import type { Conversation, View } from "@/api/types";
import { both, type FilterNode, holds } from "@/lib/filters";

export type Sort = "activity" | "created" | "priority" | "waiting";
export type Order = "asc" | "desc";

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
  /** `newest` and `oldest` are activity in either order. */
  sort?: Sort | "newest" | "oldest";
  order?: Order;
  /** Conditions in the server's grammar; the simple ones above hold as well, but there is no usual status. */
  filter?: FilterNode;
  /** A saved view; what stands beside it is not saved yet. */
  view?: string;
}

export const natural = (sort: Sort): Order => (sort === "waiting" ? "asc" : "desc");
/** The order of a list, whatever words it is said in. */
export function orderOf(f: Filter): { sort: Sort; order: Order } {
  const sort = f.sort === "newest" || f.sort === "oldest" || !f.sort ? "activity" : f.sort;
  return { sort, order: f.sort === "oldest" ? "asc" : (f.order ?? natural(sort)) };
}

export function toQuery(f: Filter): string {
  const q = new URLSearchParams();
  if (f.status || !f.filter) q.set("status", f.status ?? "open");
  if (f.channel_id) q.set("channel_id", f.channel_id);
  if (f.assignee) q.set("assignee", f.assignee);
  if (f.team) q.set("team", f.team);
  if (f.tag) q.set("tag", f.tag);
  if (f.unread) q.set("unread", "true");
  if (f.following) q.set("following", "true");
  if (f.text) q.set("text", f.text);
  if (f.filter) q.set("filter", JSON.stringify(f.filter));
  const { sort, order } = orderOf(f);
  if (sort !== "activity") q.set("sort", sort);
  if (order !== natural(sort)) q.set("order", order);
  return q.toString();
}

/** What a list shows once its view is known: the view's filter and order, unless others have been put in their place. */
export function resolved(f: Filter, view: View | undefined): Filter {
  if (!f.view) return f;
  const { view: _, ...rest } = f;
  return {
    ...rest,
    filter: f.filter ?? view?.filter ?? { and: [] },
    sort: f.sort ?? view?.sort,
    order: f.order ?? (f.sort || !view ? undefined : view.descending ? "desc" : "asc"),
  };
}

/** The simple words as conditions too: for counting, for the builder, for what is done to all of a list. Words in messages are not among them. */
export function treeOf(f: Filter): FilterNode {
  const all: FilterNode[] = [];
  const words = (f.status ?? (f.filter ? "all" : "open")).split(",");
  if (!words.includes("all")) {
    const value = [...new Set(words.flatMap((w) => (w === "open" ? ["new", "open"] : w === "closed" ? ["resolved"] : [w])))];
    all.push({ field: "status", op: "any_of", value });
  }
  if (f.assignee === "none") all.push({ field: "assignee", op: "is_empty" });
  else if (f.assignee) all.push({ field: "assignee", op: "is", value: f.assignee });
  if (f.team === "none") all.push({ field: "team", op: "is_empty" });
  else if (f.team) all.push({ field: "team", op: "is", value: f.team });
  if (f.channel_id) all.push({ field: "channel_id", op: "is", value: f.channel_id });
  if (f.unread) all.push({ field: "unread", op: "is", value: true });
  if (f.tag) all.push({ field: "tags", op: "any_of", value: [f.tag] });
  if (f.following) all.push({ field: "follower", op: "is", value: "me" });
  return both({ and: all }, f.filter);
}

const ranks = { priority: ["low", "normal", "high", "urgent"] };
/** What a row shows of itself; the rest only the server knows. */
function shown(c: Conversation, field: string): unknown {
  switch (field) {
    case "status":
    case "priority":
    case "channel":
    case "provider":
    case "channel_id":
    case "tags":
    case "message_count":
    case "last_message_direction":
    case "contact_id":
    case "waiting_since":
    case "snoozed_until":
    case "resolved_at":
      return c[field];
    case "assignee":
      return c.assignee_id ?? null;
    case "team":
      return c.team_id ?? null;
    case "unread":
      return c.unread_count > 0;
    case "subject":
      return c.subject ?? null;
    case "contact_blocked":
      return c.contact?.blocked ?? false;
    default:
      return undefined;
  }
}

/** Whether a conversation belongs in a list; `null` when only the server can tell (full text, times, files …). */
export function matches(f: Filter, c: Conversation, me: string): boolean | null {
  const fits = holds(treeOf(f), (field) => shown(c, field), me, { ranks });
  if (fits === false) return false;
  if (orderOf(f).sort === "waiting" && !c.waiting_since) return false;
  return f.text ? null : fits;
}

/** Order of two rows in a list. */
export function before(f: Filter, a: Conversation, b: Conversation): number {
  const { sort, order } = orderOf(f);
  const keys = (c: Conversation): (string | number)[] => {
    if (sort === "waiting") return [c.waiting_since ?? "", c.id];
    if (sort === "created") return [c.created_at, c.id];
    if (sort === "priority") return [ranks.priority.indexOf(c.priority), c.last_message_at, c.id];
    return [c.last_message_at, c.id];
  };
  const [x, y] = [keys(a), keys(b)];
  const at = x.findIndex((key, i) => key !== y[i]);
  if (at < 0) return 0;
  const less = (x[at] as string) < (y[at] as string);
  return less === (order === "asc") ? -1 : 1;
}
