import { afterEach, beforeEach, expect, it, vi } from "vitest";

vi.mock("@/api/client", () => ({ api: {} }));
const { Typing } = await import("./use-typing");

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("is told at most every three seconds, and its end once", () => {
  const told: boolean[] = [];
  const typing = new Typing((on) => told.push(on));
  typing.stop();
  for (let i = 0; i < 8; i++) {
    typing.touch();
    vi.advanceTimersByTime(1000);
  }
  expect(told).toEqual([true, true, true]);
  vi.advanceTimersByTime(6000);
  expect(told).toEqual([true, true, true, false]);
  typing.stop();
  expect(told).toHaveLength(4);
});
