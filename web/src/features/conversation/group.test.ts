import { expect, it } from "vitest";
import type { Message } from "@/api/types";
import { firstUnread, group } from "./group";

const m = (id: string, at: string, more: Partial<Message> = {}) =>
  ({ id, direction: "inbound", sender_id: "c", is_note: false, status: "delivered", created_at: at, sent_at: at, ...more }) as Message;

it("joins bubbles of one author within five minutes and begins each day anew", () => {
  const items = group([m("a", "2026-01-01T10:00:00Z"), m("b", "2026-01-01T10:03:00Z"), m("c", "2026-01-01T10:20:00Z"), m("d", "2026-01-03T10:20:00Z")], false);
  expect(items.map((i) => (i.kind === "group" ? i.messages.map((x) => x.id).join("") : i.kind))).toEqual(["day", "ab", "c", "day", "d"]);
});
it("does not join a stranger's words to those of somebody known", () => {
  const items = group([m("a", "2026-01-01T10:00:00Z", { verified_sender: true }), m("b", "2026-01-01T10:00:10Z", { verified_sender: false })], false);
  expect(items.filter((i) => i.kind === "group")).toHaveLength(2);
});
it("leaves mails and notes alone and hides what was taken back", () => {
  const items = group(
    [m("a", "2026-01-01T10:00:00Z"), m("n", "2026-01-01T10:00:10Z", { is_note: true }), m("x", "2026-01-01T10:00:20Z", { status: "cancelled" }), m("b", "2026-01-01T10:01:00Z")],
    true,
  );
  expect(items.filter((i) => i.kind === "group")).toHaveLength(3);
});
it("marks the first unread message", () => {
  const all = [m("a", "2026-01-01T10:00:00Z"), m("o", "2026-01-01T10:01:00Z", { direction: "outbound" }), m("b", "2026-01-01T10:02:00Z"), m("c", "2026-01-01T10:03:00Z")];
  expect(firstUnread(all, 2)).toBe("b");
  expect(firstUnread(all, 0)).toBeUndefined();
  expect(group(all, false, "b").map((i) => i.kind)).toEqual(["day", "group", "group", "new", "group"]);
});
