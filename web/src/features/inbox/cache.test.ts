import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import type { Conversation, Message } from "@/api/types";
import { applyFrame, merge, place } from "./cache";
import { before, matches, resolved, toQuery, treeOf } from "./filter";

const conversation = (id: string, at: string, more: Partial<Conversation> = {}) =>
  ({ id, last_message_at: at, status: "open", tags: [], unread_count: 0, channel_id: "chn_1", assignee_id: null, ...more }) as unknown as Conversation;
const list = (...rows: Conversation[]) => ({ pages: [{ data: rows, next_cursor: null }], pageParams: [null] });
const ids = (l: ReturnType<typeof list>) => l.pages.flatMap((p) => p.data.map((c) => c.id));

describe("a list", () => {
  it("moves a conversation to the top when something arrives", () => {
    const l = list(conversation("b", "2026-01-02"), conversation("a", "2026-01-01"));
    expect(ids(place(l, conversation("a", "2026-01-03"), true, {}) as never)).toEqual(["a", "b"]);
  });
  it("takes out what no longer fits and leaves unknown ones alone", () => {
    const l = list(conversation("b", "2026-01-02"), conversation("a", "2026-01-01"));
    expect(ids(place(l, conversation("b", "2026-01-02", { status: "resolved" }), false, {}) as never)).toEqual(["a"]);
    expect(place(l, conversation("z", "2025-01-01"), false, {})).toBe(l);
  });
  it("keeps pages as long as they were", () => {
    const l = {
      pages: [
        { data: [conversation("c", "3"), conversation("b", "2")], next_cursor: "x" },
        { data: [conversation("a", "1")], next_cursor: null },
      ],
      pageParams: [null, "x"],
    };
    const next = place(l as never, conversation("d", "4"), true, {});
    expect(next.pages.map((p) => p.data.map((c) => c.id))).toEqual([
      ["d", "c"],
      ["b", "a"],
    ]);
  });
});

it("tells which list a conversation belongs to", () => {
  const c = conversation("a", "1", { status: "new", unread_count: 2, assignee_id: "mem_1", tags: ["VIP"] });
  expect(matches({}, c, "mem_1")).toBe(true);
  expect(matches({ assignee: "me" }, c, "mem_1")).toBe(true);
  expect(matches({ assignee: "none" }, c, "mem_1")).toBe(false);
  expect(matches({ tag: "vip", unread: true, status: "open" }, c, "mem_1")).toBe(true);
  expect(matches({ status: "resolved" }, c, "mem_1")).toBe(false);
  expect(matches({ text: "x" }, c, "mem_1")).toBeNull();
  // Conditions of a view: with them there is no usual status.
  const high = { field: "priority", op: "is", value: "high" };
  expect(matches({ filter: high }, conversation("a", "1", { status: "spam", priority: "high" }), "mem_1")).toBe(true);
  expect(matches({ filter: high, unread: true }, conversation("a", "1", { priority: "high" }), "mem_1")).toBe(false);
  expect(matches({ filter: { field: "created_at", op: "after", value: "-3d" } }, c, "mem_1")).toBeNull();
  expect(matches({ sort: "waiting" }, c, "mem_1")).toBe(false);
});

it("keeps messages in order and never doubles one", () => {
  const m = (id: string, at: string) => ({ id, created_at: at, sent_at: at }) as Message;
  const all = merge(merge([m("a", "1"), m("c", "3")], m("b", "2")), m("b", "2"));
  expect(all.map((x) => x.id)).toEqual(["a", "b", "c"]);
});

it("applies a live frame to the open conversation and to the lists", () => {
  const client = new QueryClient();
  client.setQueryData(["conversations", {}], list(conversation("b", "2"), conversation("a", "1")));
  client.setQueryData(["conversation", "a"], { ...conversation("a", "1"), messages: [] });
  const message = { id: "m", conversation_id: "a", direction: "inbound", created_at: "3", sent_at: "3" } as Message;
  const frame = { type: "event", kind: "message.created", seq: 1, cursor: "1.1", at: "3", actor: "", payload: null, conversation_id: "a", message_id: "m", contact_id: null };
  applyFrame(client, { ...frame, conversation: conversation("a", "3", { unread_count: 1 }), message } as never);
  expect((client.getQueryData(["conversation", "a"]) as { messages: Message[]; unread_count: number }).messages).toHaveLength(1);
  expect(ids(client.getQueryData(["conversations", {}]) as never)).toEqual(["a", "b"]);
});

it("keeps every order, both ways", () => {
  const a = conversation("a", "2026-01-01", { created_at: "3", priority: "high", waiting_since: "2" });
  const b = conversation("b", "2026-01-02", { created_at: "1", priority: "low", waiting_since: "1" });
  expect(before({}, a, b)).toBe(1);
  expect(before({ sort: "oldest" }, a, b)).toBe(-1);
  expect(before({ sort: "created" }, a, b)).toBe(-1);
  expect(before({ sort: "created", order: "asc" }, a, b)).toBe(1);
  expect(before({ sort: "priority" }, a, b)).toBe(-1);
  expect(before({ sort: "waiting" }, a, b)).toBe(1);
  expect(before({ sort: "waiting", order: "desc" }, a, b)).toBe(-1);
});

it("shows a view with what has been changed on top of it", () => {
  const saved = { field: "priority", op: "is", value: "high" };
  const view = { id: "viw_1", filter: saved, sort: "waiting", descending: false } as never;
  expect(toQuery(resolved({ view: "viw_1" }, view))).toBe(`filter=${encodeURIComponent(JSON.stringify(saved))}&sort=waiting`);
  const own = { field: "unread", op: "is", value: true };
  expect(resolved({ view: "viw_1", filter: own, sort: "created" }, view)).toEqual({ filter: own, sort: "created", order: undefined });
  expect(toQuery({ status: "open,pending", assignee: "me" })).toBe("status=open%2Cpending&assignee=me");
  expect(treeOf({ assignee: "none", tag: "VIP" })).toEqual({
    and: [
      { field: "status", op: "any_of", value: ["new", "open"] },
      { field: "assignee", op: "is_empty" },
      { field: "tags", op: "any_of", value: ["VIP"] },
    ],
  });
});

it("does not call fresh what is to be asked anew, whatever comes meanwhile", async () => {
  const client = new QueryClient();
  const keys = [
    ["conversations", {}],
    ["conversation", "a"],
  ];
  client.setQueryData(["conversations", {}], list(conversation("a", "1")));
  client.setQueryData(["conversation", "a"], { ...conversation("a", "1"), messages: [] });
  await client.invalidateQueries();
  const message = { id: "m", conversation_id: "a", direction: "inbound", created_at: "3", sent_at: "3" } as Message;
  const frame = { type: "event", kind: "message.created", seq: 1, cursor: "1.1", at: "3", actor: "", payload: {}, conversation_id: "a", message_id: "m", contact_id: null };
  applyFrame(client, { ...frame, conversation: conversation("a", "3"), message } as never);
  expect(keys.map((key) => client.getQueryState(key)?.isInvalidated)).toEqual([true, true]);
});

it("knows what the team has read, what is pinned, and what is not any more", () => {
  const client = new QueryClient();
  const m = (id: string, more: Partial<Message> = {}) =>
    ({ id, conversation_id: "a", direction: "inbound", created_at: id, sent_at: id, read_at: null, pinned_at: null, ...more }) as Message;
  client.setQueryData(["conversation", "a"], { ...conversation("a", "1"), messages: [m("1"), m("2", { direction: "outbound" }), m("3"), m("4")], pinned: [] });
  const known = () => client.getQueryData<{ messages: Message[]; pinned: Message[] }>(["conversation", "a"]);
  const frame = { type: "event", seq: 1, cursor: "1.1", at: "9", actor: "", conversation_id: "a", message_id: null, contact_id: null };
  applyFrame(client, { ...frame, kind: "conversation.read", payload: { read: true, up_to: "3" } } as never);
  expect(known()?.messages.map((x) => x.read_at)).toEqual(["9", null, "9", null]);
  applyFrame(client, { ...frame, kind: "message.updated", payload: {}, message: m("4", { pinned_at: "5" }) } as never);
  applyFrame(client, { ...frame, kind: "message.updated", payload: {}, message: m("2", { pinned_at: "6" }) } as never);
  expect(known()?.pinned.map((x) => x.id)).toEqual(["2", "4"]);
  applyFrame(client, { ...frame, kind: "message.deleted", payload: {}, message_id: "2" } as never);
  expect(known()?.pinned.map((x) => x.id)).toEqual(["4"]);
});
