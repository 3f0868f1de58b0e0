import { expect, it } from "vitest";
import { knownZone, momentAt, wallTime } from "./zones";

const iso = (zone: string, year: number, month: number, day: number, hour: number) => momentAt({ year, month, day, hour }, zone).toISOString();

it("reads the clocks of a zone", () => {
  expect(wallTime(new Date("2026-11-21T23:30:00Z"), "Asia/Tokyo")).toEqual({ year: 2026, month: 11, day: 22, hour: 8, minute: 30, weekday: 0 });
  expect(wallTime(new Date("2026-01-01T00:05:00Z"), "UTC").hour).toBe(0);
});

it("finds the moment of a time on the clock", () => {
  expect(iso("Europe/Berlin", 2026, 1, 15, 9)).toBe("2026-01-15T08:00:00.000Z");
  expect(iso("Europe/Berlin", 2026, 7, 15, 9)).toBe("2026-07-15T07:00:00.000Z");
  expect(iso("Asia/Kolkata", 2026, 7, 15, 9)).toBe("2026-07-15T03:30:00.000Z");
  expect(iso("Pacific/Auckland", 2026, 11, 31, 9)).toBe("2026-11-30T20:00:00.000Z");
});

it("holds on the day the clocks change", () => {
  expect(iso("Europe/Berlin", 2026, 3, 29, 9)).toBe("2026-03-29T07:00:00.000Z");
  expect(iso("Europe/Berlin", 2026, 3, 29, 1)).toBe("2026-03-29T00:00:00.000Z");
  expect(iso("America/New_York", 2026, 11, 1, 9)).toBe("2026-11-01T14:00:00.000Z");
  // 02:30 does not exist on this day; any moment beside it will do.
  expect(Math.abs(momentAt({ year: 2026, month: 3, day: 29, hour: 2, minute: 30 }, "Europe/Berlin").getTime() - Date.parse("2026-03-29T01:00:00Z"))).toBeLessThanOrEqual(3_600_000);
});

it("goes on in its own zone when it does not know the name", () => {
  expect(knownZone("Atlantis/Capital")).toBeUndefined();
  expect(() => wallTime(new Date(), "Atlantis/Capital")).not.toThrow();
});
