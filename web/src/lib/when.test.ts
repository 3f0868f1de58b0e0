import { expect, it } from "vitest";
import { readWhen } from "./when";

/** Wednesday, 28 October 2026, 10:20 in Berlin; the clocks have been changed three days ago. */
const now = new Date("2026-10-28T09:20:00Z");
const read = (text: string, locale = "en") => readWhen(text, "Europe/Berlin", now, locale)?.toISOString().slice(0, 16) ?? null;

it("counts on from now", () => {
  expect(read("in 3 hours")).toBe("2026-10-28T12:20");
  expect(read("2h 30m")).toBe("2026-10-28T11:50");
  expect(read("in half an hour")).toBe("2026-10-28T09:50");
  expect(read("in a week")).toBe("2026-11-04T09:20");
  expect(read("in 2 days")).toBe("2026-10-30T09:20");
  expect(read("45 minutes from now")).toBe("2026-10-28T10:05");
  expect(read("in 1 month")).toBe("2026-11-28T09:20");
});

it("knows days by their names, at nine unless it says otherwise", () => {
  expect(read("tomorrow")).toBe("2026-10-29T08:00");
  expect(read("Tomorrow 9am")).toBe("2026-10-29T08:00");
  expect(read("tue 14:30")).toBe("2026-11-03T13:30");
  expect(read("friday at 5 pm")).toBe("2026-10-30T16:00");
  expect(read("today 18:00")).toBe("2026-10-28T17:00");
  expect(read("this evening")).toBe("2026-10-28T17:00");
  expect(read("tonight")).toBe("2026-10-28T19:00");
  expect(read("next week")).toBe("2026-11-02T08:00");
  expect(read("next friday")).toBe("2026-11-06T08:00");
  expect(read("next monday 8:15")).toBe("2026-11-02T07:15");
  expect(read("next month")).toBe("2026-11-01T08:00");
  expect(read("tomorrow morning 10:00")).toBe("2026-10-29T09:00");
  expect(read("tomorrow 10:00 morning")).toBe("2026-10-29T09:00");
});

it("takes the day itself only while its hour is still to come", () => {
  expect(read("wed 9:00")).toBe("2026-11-04T08:00");
  expect(read("wed 11:00")).toBe("2026-10-28T10:00");
  expect(read("9:00")).toBe("2026-10-29T08:00");
  expect(read("11")).toBe("2026-10-28T10:00");
  expect(read("noon")).toBe("2026-10-28T11:00");
  expect(read("12am")).toBe("2026-10-28T23:00");
});

it("reads dates", () => {
  expect(read("12 nov")).toBe("2026-11-12T08:00");
  expect(read("Nov 12 8:00")).toBe("2026-11-12T07:00");
  expect(read("3rd of october")).toBe("2027-10-03T07:00");
  expect(read("24.12.")).toBe("2026-12-24T08:00");
  expect(read("24.12.2027 16:00")).toBe("2027-12-24T15:00");
  expect(read("2026-11-05")).toBe("2026-11-05T08:00");
  expect(read("2026-11-05T07:45")).toBe("2026-11-05T06:45");
  expect(read("1 jan 2027")).toBe("2027-01-01T08:00");
});

it("reads the names of the reader's language too", () => {
  expect(read("freitag 15:00", "de")).toBe("2026-10-30T14:00");
  expect(read("3 märz", "de")).toBe("2027-03-03T08:00");
  expect(read("lundi", "fr")).toBe("2026-11-02T08:00");
});

it("follows the clocks of the workspace", () => {
  expect(readWhen("tomorrow 9am", "Asia/Tokyo", now)?.toISOString()).toBe("2026-10-29T00:00:00.000Z");
  expect(readWhen("tomorrow 9am", "America/New_York", now)?.toISOString()).toBe("2026-10-29T13:00:00.000Z");
});

it("does not guess", () => {
  for (const text of ["", " ", "soon", "tomorrow maybe", "yesterday", "2020-01-01", "25:00", "31.2.", "13pm", "at", "0 days", "99999 days", "tue wed", "9 10"])
    expect(read(text), text).toBeNull();
});

it("reads German", () => {
  const de = (text: string) => read(text, "de");
  expect(de("morgen 9 Uhr")).toBe("2026-10-29T08:00");
  expect(de("fr 14:30")).toBe("2026-10-30T13:30");
  expect(de("in 3 Stunden")).toBe("2026-10-28T12:20");
  expect(de("in einer halben Stunde")).toBe("2026-10-28T09:50");
  expect(de("in einer Woche")).toBe("2026-11-04T09:20");
  expect(de("in 2 Tagen")).toBe("2026-10-30T09:20");
  expect(de("in einem Monat")).toBe("2026-11-28T09:20");
  expect(de("übermorgen früh")).toBe("2026-10-30T08:00");
  expect(de("morgen früh")).toBe("2026-10-29T08:00");
  expect(de("heute Abend")).toBe("2026-10-28T17:00");
  expect(de("Montag Morgen")).toBe("2026-11-02T08:00");
  expect(de("nächsten Freitag um 17 Uhr 15")).toBe("2026-11-06T16:15");
  expect(de("am Freitag um 14.30 Uhr")).toBe("2026-10-30T13:30");
  expect(de("nächste Woche")).toBe("2026-11-02T08:00");
  expect(de("12. November 8 Uhr")).toBe("2026-11-12T07:00");
  expect(de("tomorrow 9am")).toBe("2026-10-29T08:00");
  expect(de("irgendwann")).toBeNull();
  expect(read("morgen 9 Uhr", "en")).toBeNull();
});
