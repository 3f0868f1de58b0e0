import { inEnglish } from "./when-words";
import { momentAt, type WallTime, wallTime } from "./zones";

const MORNING = 9;
const WORDS: Record<string, { hour: number; minute: number }> = {
  morning: { hour: MORNING, minute: 0 },
  noon: { hour: 12, minute: 0 },
  midday: { hour: 12, minute: 0 },
  lunch: { hour: 12, minute: 0 },
  afternoon: { hour: 14, minute: 0 },
  evening: { hour: 18, minute: 0 },
  tonight: { hour: 20, minute: 0 },
  night: { hour: 20, minute: 0 },
};
const UNITS: [RegExp, "minute" | "hour" | "day" | "week" | "month"][] = [
  [/^(?:m|min|mins|minutes?)$/, "minute"],
  [/^(?:h|hr|hrs|hours?)$/, "hour"],
  [/^(?:d|days?)$/, "day"],
  [/^(?:w|weeks?)$/, "week"],
  [/^(?:mo|months?)$/, "month"],
];

/** Names of days and months in the reader's language and in English, short and long, without dots. */
function names(locale: string, kind: "weekday" | "month"): Map<string, number> {
  const all = new Map<string, number>();
  for (const lang of ["en", locale])
    for (const style of ["long", "short"] as const)
      for (let i = 0; i < (kind === "weekday" ? 7 : 12); i++) {
        // 4 January 2026 was a Sunday.
        const at = kind === "weekday" ? Date.UTC(2026, 0, 4 + i) : Date.UTC(2026, i, 1);
        const name = new Intl.DateTimeFormat(lang, { [kind]: style, timeZone: "UTC" }).format(at).toLowerCase().replace(/\./g, "");
        if (!all.has(name)) all.set(name, kind === "weekday" ? i : i + 1);
      }
  for (const [short, day] of [
    ["tues", 2],
    ["weds", 3],
    ["thur", 4],
    ["thurs", 4],
  ] as const)
    if (kind === "weekday") all.set(short, day);
  if (kind === "month") all.set("sept", 9);
  return all;
}

interface Clock {
  hour: number;
  minute: number;
}

/** "9", "9am", "14:30", "noon"; a bare number only where a time must stand. */
function clock(token: string, bare: boolean): Clock | null {
  const word = WORDS[token];
  if (word) return word;
  const match = /^(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|a|p)?h?$/.exec(token);
  if (!match || (!match[2] && !match[3] && !bare)) return null;
  let hour = Number(match[1]);
  const minute = Number(match[2] ?? 0);
  const half = match[3]?.[0];
  if (half && (hour < 1 || hour > 12)) return null;
  if (half === "p" && hour < 12) hour += 12;
  if (half === "a" && hour === 12) hour = 0;
  return hour < 24 && minute < 60 ? { hour, minute } : null;
}

/** A moment to come in words, such as "tomorrow 9am", "fri 14:30", "in 3 hours", "12 oct"; null where that is not one. */
export function readWhen(text: string, zone: string | undefined, now = new Date(), locale = "en"): Date | null {
  let rest = ` ${inEnglish(text.toLowerCase().trim().replace(/[,]/g, " ").replace(/\s+/g, " "), locale)} `;
  if (!rest.trim()) return null;
  const here = wallTime(now, zone);
  const days = names(locale, "weekday");
  const months = names(locale, "month");
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest);
    if (match) rest = `${rest.slice(0, match.index)} ${rest.slice(match.index + match[0].length)}`;
    return match;
  };

  // "in 3 hours", "2h 30m", "in a week"
  const spans = [...rest.matchAll(/ (?:in )?(\d+|an?|half an) ?([a-z]+)(?= )/g)].map((m) => ({ n: m[1], unit: UNITS.find(([p]) => p.test(m[2] ?? ""))?.[1], whole: m[0] }));
  if (
    spans.length &&
    spans.every((s) => s.unit) &&
    !spans
      .reduce((left, s) => left.replace(s.whole, ""), rest)
      .replace(/\band\b|\bfrom now\b/g, "")
      .trim()
  ) {
    let wall: WallTime = here;
    let ms = 0;
    for (const s of spans) {
      const n = s.n === "half an" ? 0.5 : /^\d+$/.test(s.n ?? "") ? Number(s.n) : 1;
      if (s.unit === "minute") ms += n * 60_000;
      else if (s.unit === "hour") ms += n * 3_600_000;
      else if (s.unit === "month") wall = { ...wall, month: wall.month + n };
      else wall = { ...wall, day: wall.day + n * (s.unit === "week" ? 7 : 1) };
    }
    const calendar = wall.day !== here.day || wall.month !== here.month;
    const base = calendar ? momentAt(wall, zone).getTime() : now.getTime();
    return later(new Date(base + ms), now);
  }

  let date: Pick<WallTime, "year" | "month" | "day"> | null = null;
  let time: Clock | null = null;
  // Whether the day was named so that it may lie in the past of this year.
  let yearOpen = false;
  let weekly = false;
  let dayly = false;

  const iso = take(/ (\d{4})-(\d{1,2})-(\d{1,2})(?:t(\d{1,2}):(\d{2}))?(?= )/);
  if (iso) {
    date = { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) };
    if (iso[4]) time = { hour: Number(iso[4]), minute: Number(iso[5]) };
  }
  const dotted = !date && take(/ (\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?(?= )/);
  if (dotted) {
    const year = dotted[3];
    date = { year: year ? Number(year) + (year.length === 2 ? 2000 : 0) : here.year, month: Number(dotted[2]), day: Number(dotted[1]) };
    yearOpen = !year;
  }
  if (!date) {
    for (const [name, month] of months) {
      const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const found =
        take(new RegExp(` (\\d{1,2})(?:st|nd|rd|th|\\.)? (?:of )?${escaped}\\.?(?: (\\d{4}))?(?= )`)) ??
        take(new RegExp(` ()${escaped}\\.? (\\d{1,2})(?:st|nd|rd|th)?(?: (\\d{4}))?(?= )`));
      if (!found) continue;
      const [day, year] = found[1] ? [found[1], found[2]] : [found[2], found[3]];
      date = { year: year ? Number(year) : here.year, month, day: Number(day) };
      yearOpen = !year;
      break;
    }
  }
  const strict = !!date;
  if (!date && take(/ (?:today|this)(?= )/)) {
    date = here;
    dayly = true;
  }
  if (!date && /(?: )tonight(?= )/.test(rest)) date = here;
  if (!date && take(/ (?:tomorrow|tmrw|tmr|tom)(?= )/)) date = { ...here, day: here.day + 1 };
  if (!date && take(/ overmorrow(?= )/)) date = { ...here, day: here.day + 2 };
  if (!date && take(/ (?:next week)(?= )/)) date = { ...here, day: here.day + ((8 - here.weekday) % 7 || 7) };
  if (!date && take(/ (?:next month)(?= )/)) date = { year: here.year, month: here.month + 1, day: 1 };
  if (!date || dayly) {
    for (const [name, weekday] of days) {
      const found = take(new RegExp(` (next |on |this )?${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\.?(?= )`));
      if (!found) continue;
      const ahead = (weekday - here.weekday + 7) % 7;
      // "Next Friday" on a Wednesday is the one after this week's.
      date = { ...here, day: here.day + ahead + (found[1] === "next " && ahead > 0 && ahead <= (7 - here.weekday) % 7 ? 7 : 0) };
      weekly = true;
      dayly = false;
      break;
    }
  }

  // A date that was written out has to be one; days counted on from today always are.
  if (date && strict && new Date(Date.UTC(date.year, date.month - 1, date.day)).getUTCDate() !== date.day) return null;
  if (date && strict && (date.month < 1 || date.month > 12)) return null;

  const tokens = rest
    .replace(/ (?:at|on|by|the|in|o'clock|clock)(?= )/g, " ")
    .replace(/(\d) (am|pm)\b/g, "$1$2")
    .split(" ")
    .filter(Boolean);
  let exact = !!time;
  for (const token of tokens) {
    const read = clock(token, true);
    if (!read || (exact && !WORDS[token])) return null;
    // "tomorrow morning 10:00": the number says it better than the word.
    if (!exact) time = read;
    exact ||= !WORDS[token];
  }
  if (!date && !time) return null;

  const set = (d: Pick<WallTime, "year" | "month" | "day">) => momentAt({ ...d, ...(time ?? { hour: MORNING, minute: 0 }) }, zone);
  let at = set(date ?? here);
  if (at <= now) {
    if (!date) at = set({ ...here, day: here.day + 1 });
    else if (weekly) at = set({ ...date, day: date.day + 7 });
    else if (yearOpen) at = set({ ...date, year: date.year + 1 });
  }
  return later(at, now);
}

const later = (at: Date, now: Date): Date | null => (at > now && at.getTime() - now.getTime() < 5 * 366 * 86_400_000 ? at : null);
