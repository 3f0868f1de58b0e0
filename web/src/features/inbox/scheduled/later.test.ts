import { expect, it } from "vitest";
import { isForLater, saidAt, waiting } from "./later";

const m = (id: string, status: "scheduled" | "sent" | "cancelled", send_at: string | null, sent_at: string | null = null) => ({
  id,
  status,
  send_at,
  sent_at,
  created_at: "2026-10-28T10:00:00Z",
});

it("tells a scheduled message from one that can still be taken back", () => {
  expect(isForLater(m("a", "scheduled", "2026-10-28T10:00:10Z"))).toBe(false);
  expect(isForLater(m("a", "scheduled", "2026-10-28T10:05:00Z"))).toBe(true);
  expect(isForLater(m("a", "scheduled", null))).toBe(false);
});

it("puts a message where it was said, not where it was written", () => {
  expect(saidAt(m("a", "sent", "2026-10-30T10:00:00Z", "2026-10-30T10:00:01Z"))).toBe("2026-10-30T10:00:01Z");
  expect(saidAt(m("a", "scheduled", "2026-10-30T10:00:00Z"))).toBe("2026-10-30T10:00:00Z");
  expect(saidAt(m("a", "cancelled", "2026-10-30T10:00:00Z"))).toBe("2026-10-28T10:00:00Z");
});

it("lists what waits as it is now, earliest first", () => {
  const later = m("b", "scheduled", "2026-11-02T10:00:00Z");
  const first = [m("a", "scheduled", "2026-11-01T10:00:00Z"), later];
  expect(waiting(first, []).map((x) => x.id)).toEqual(["a", "b"]);
  expect(waiting(first, [m("a", "cancelled", "2026-11-01T10:00:00Z"), m("c", "scheduled", "2026-10-31T10:00:00Z"), m("d", "sent", null)]).map((x) => x.id)).toEqual(["c", "b"]);
});
