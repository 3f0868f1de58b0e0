/** A moment as the clock on a wall shows it; months from 1, weekdays from Sunday = 0. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  weekday: number;
}

/** The zone if this browser knows it, otherwise its own. */
export function knownZone(zone: string | undefined): string | undefined {
  try {
    if (zone) new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone || undefined;
  } catch {
    return undefined;
  }
}

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What the clocks of a zone show. */
export function wallTime(at: Date, zone: string | undefined): WallTime {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: knownZone(zone),
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const parts = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, Number(p.value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return { year, month, day, hour, minute, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/** The moment at which the clocks of a zone show this. Days past the end of a month run into the next one. */
export function momentAt({ year, month, day, hour, minute = 0 }: Omit<WallTime, "weekday" | "minute"> & { minute?: number }, zone: string | undefined): Date {
  const shown = Date.UTC(year, month - 1, day, hour, minute);
  const ahead = (ms: number) => {
    const w = wallTime(new Date(ms), zone);
    return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute) - Math.floor(ms / 60_000) * 60_000;
  };
  const first = shown - ahead(shown);
  // Once more from there: the clocks may have been changed in between.
  return new Date(shown - ahead(first));
}

/** Whether the clocks of a zone show something else than the ones here. */
export function isElsewhere(zone: string | undefined, at = new Date()): boolean {
  const there = wallTime(at, zone);
  const here = wallTime(at, ownZone());
  return there.day !== here.day || there.hour !== here.hour || there.minute !== here.minute;
}
