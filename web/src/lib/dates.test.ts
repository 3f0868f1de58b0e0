import { expect, it } from "vitest";
import { ago, bytes } from "./dates";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const before = (seconds: number) => ago(new Date(NOW - seconds * 1000).toISOString(), "en", NOW);

it("says how long ago in the fewest words", () => {
  expect(before(5)).toBe("now");
  expect(before(-5)).toBe("now");
  expect(before(60)).toBe("1m ago");
  expect(before(3_600)).toBe("1h ago");
  expect(before(86_400)).toBe("yesterday");
  expect(before(8 * 86_400)).toMatch(/Nov 13/);
});

it("names sizes", () => {
  expect(bytes(12, "en")).toBe("12 bytes");
  expect(bytes(1_500, "en")).toBe("1.5 kB");
  expect(bytes(25_000_000, "en")).toBe("25 MB");
});
