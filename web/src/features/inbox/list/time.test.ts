import { expect, it } from "vitest";
import { shortTime } from "./time";

const now = new Date(2026, 10, 21, 12, 0).getTime();
const ago = (ms: number) => new Date(now - ms).toISOString();

it("grows coarser with age", () => {
  expect(shortTime(ago(5_000), now, "en")).toBe("now");
  expect(shortTime(ago(3 * 60_000), now, "en")).toBe("3m");
  expect(shortTime(ago(2 * 3_600_000), now, "en")).toBe("2h");
  expect(shortTime(ago(2 * 86_400_000), now, "en")).toBe("Thu");
  expect(shortTime(ago(20 * 86_400_000), now, "en")).toBe("Nov 1");
  expect(shortTime(ago(400 * 86_400_000), now, "en")).toBe("Oct 17, 2025");
});
