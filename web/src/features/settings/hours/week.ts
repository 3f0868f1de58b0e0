import type { HoursPlace, OpeningSlot } from "@/api/types";

export type Week = OpeningSlot[][];
const DAY = 24 * 60;

/** Minutes since midnight; null for what is no time. */
export function minutes(text: string): number | null {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const all = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && all <= DAY ? all : null;
}
export const clock = (all: number) => `${String(Math.floor((all % DAY) / 60)).padStart(2, "0")}:${String(all % 60).padStart(2, "0")}`;

/** From and to in minutes, the end beyond the day's where it goes on after midnight. */
export function span(slot: OpeningSlot): [number, number] | null {
  const from = minutes(slot.from);
  const to = minutes(slot.to);
  if (from === null || to === null || from === to) return null;
  return from < to ? [from, to] : [from, to + DAY];
}

/** What is drawn of a day: its own slots, and the end of last night's. */
export function bars(week: Week, day: number): { from: number; to: number; night: boolean }[] {
  const own = (week[day] ?? []).flatMap((s) => {
    const it = span(s);
    return it ? [{ from: it[0], to: Math.min(it[1], DAY), night: false }] : [];
  });
  const last = (week[(day + 6) % 7] ?? []).flatMap((s) => {
    const it = span(s);
    return it && it[1] > DAY ? [{ from: 0, to: it[1] - DAY, night: true }] : [];
  });
  return [...last, ...own];
}

/** The places with this one as it is now; a channel that has nothing of its own is none. */
export function withPlace(places: HoursPlace[], now: HoursPlace): HoursPlace[] {
  if (places.some((p) => p.place === now.place)) return places.map((p) => (p.place === now.place ? now : p));
  return now.schedule || now.greeting || now.away ? [...places, now] : places;
}

/** A slot after the last one, as long as there is room. */
export function another(day: OpeningSlot[]): OpeningSlot {
  const ends = day.map((s) => span(s)?.[1] ?? 0);
  const end = Math.max(0, ...ends);
  if (end === 0 || end >= DAY - 60) return { from: "09:00", to: "17:00" };
  const from = Math.min(end + 60, DAY - 30);
  return { from: clock(from), to: clock(Math.min(from + 240, DAY - 1)) };
}

export function sumOf(week: Week): number {
  return week.flat().reduce((all, s) => {
    const it = span(s);
    return all + (it ? it[1] - it[0] : 0);
  }, 0);
}

/** Monday to Friday, nine to five. */
export const office = (): Week => Array.from({ length: 7 }, (_, day) => (day < 5 ? [{ from: "09:00", to: "17:00" }] : []));

/** Names of the days from Monday on. */
export function days(locale: string, style: "long" | "short" = "long"): string[] {
  const format = new Intl.DateTimeFormat(locale, { weekday: style, timeZone: "UTC" });
  // 5 January 2026 was a Monday.
  return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2026, 0, 5 + day)));
}
