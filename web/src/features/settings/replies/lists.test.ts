import { expect, it } from "vitest";
import { byFolder, isStale } from "./lists";

it("groups by folder whatever the case of its name", () => {
  const rows = [{ folder: null }, { folder: "Billing" }, { folder: "billing" }, { folder: "Returns" }];
  expect(byFolder(rows).map(([folder, list]) => [folder, list.length])).toEqual([
    ["", 1],
    ["Billing", 2],
    ["Returns", 1],
  ]);
});

it("marks what has not been used for ninety days", () => {
  const now = Date.parse("2026-12-01T00:00:00Z");
  expect(isStale({ used_count: 0, last_used_at: null, created_at: "2026-11-01T00:00:00Z" }, now)).toBe(false);
  expect(isStale({ used_count: 4, last_used_at: "2026-08-01T00:00:00Z", created_at: "2026-01-01T00:00:00Z" }, now)).toBe(true);
});
