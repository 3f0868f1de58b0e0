import { expect, test } from "vitest";
import { duration } from "./durations";

test("the two largest units that count", () => {
  expect(duration(0, "en")).toBe("0 sec");
  expect(duration(59_999, "en")).toBe("59 sec");
  expect(duration(60_000, "en")).toBe("1 min");
  expect(duration(3 * 3_600_000 + 5 * 60_000 + 9_000, "en")).toBe("3 hr 5 min");
  expect(duration(2 * 86_400_000 + 30_000, "en")).toBe("2 days");
  expect(duration(-5, "en")).toBe("0 sec");
});
