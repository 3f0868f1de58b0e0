import { expect, it } from "vitest";
import { ownTime, snoozeChoices } from "./snooze";

const choices = (zone: string, now: string) => snoozeChoices(zone, new Date(now)).map((c) => `${c.name} ${c.at.toISOString().slice(0, 16)}`);

it("offers an hour, later today, tomorrow and Monday on the workspace's clocks", () => {
  // Saturday, 13:20 in Berlin.
  expect(choices("Europe/Berlin", "2026-11-21T12:20:00Z")).toEqual([
    "hour 2026-11-21T13:20",
    "laterToday 2026-11-21T15:00",
    "tomorrow 2026-11-22T08:00",
    "monday 2026-11-23T08:00",
  ]);
});

it("follows the day of the workspace, not the one here", () => {
  // Already Sunday in Tokyo: tomorrow is Monday and stands there once.
  expect(choices("Asia/Tokyo", "2026-11-21T15:30:00Z")).toEqual(["hour 2026-11-21T16:30", "laterToday 2026-11-21T18:00", "tomorrow 2026-11-23T00:00"]);
});

it("offers nothing for later today in the evening", () => {
  expect(choices("America/New_York", "2026-11-18T23:10:00Z").map((c) => c.split(" ")[0])).toEqual(["hour", "tomorrow", "monday"]);
});

it("keeps nine in the morning when the clocks change overnight", () => {
  expect(choices("Europe/Berlin", "2026-10-24T12:00:00Z")).toContain("tomorrow 2026-10-25T08:00");
});

it("reads an own time on the workspace's clocks", () => {
  expect(ownTime("2026-07-01T09:30", "Asia/Kolkata")?.toISOString()).toBe("2026-07-01T04:00:00.000Z");
  expect(ownTime("", "Asia/Kolkata")).toBeNull();
});
