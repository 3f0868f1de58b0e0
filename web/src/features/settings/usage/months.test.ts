import { expect, it } from "vitest";
import type { UsageMonth } from "@/api/types";
import { byMonth } from "./months";

const row = (month: string, channel_id: string, inbound: number): UsageMonth => ({
  month,
  channel_id,
  channel_name: channel_id,
  inbound,
  outbound: 1,
  automatic: 0,
  conversations: 2,
});

it("adds up a month and puts its busiest channel first", () => {
  const months = byMonth([row("2026-11", "a", 1), row("2026-11", "b", 5), row("2026-10", "a", 3)]);
  expect(months.map((m) => [m.month, m.inbound, m.outbound, m.conversations])).toEqual([
    ["2026-11", 6, 2, 4],
    ["2026-10", 3, 1, 2],
  ]);
  expect(months[0]?.channels.map((c) => c.channel_id)).toEqual(["b", "a"]);
  expect(byMonth([])).toEqual([]);
});
