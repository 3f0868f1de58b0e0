/** To make one takes longer than to use it a hundred times, and a list does so for each of its rows. */
const made = new Map<string, unknown>();
function once<T>(name: string, make: () => T): T {
  const known = made.get(name) as T | undefined;
  if (known) return known;
  const it = make();
  made.set(name, it);
  return it;
}

/** Short time of a list row: minutes, hours, weekday, date; `now` comes from outside. */
export function shortTime(iso: string, now: number, locale?: string): string {
  const at = Date.parse(iso);
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return once(`${locale} moment`, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "narrow" })).format(0, "second");
  const narrow = (value: number, unit: "minute" | "hour") =>
    once(`${locale} ${unit}`, () => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" })).format(value);
  if (minutes < 60) return narrow(minutes, "minute");
  const day = (t: number) => new Date(t).toDateString();
  if (day(at) === day(now)) return narrow(Math.floor(minutes / 60), "hour");
  const days = Math.floor((now - at) / 86_400_000);
  if (days < 6) return once(`${locale} weekday`, () => new Intl.DateTimeFormat(locale, { weekday: "short" })).format(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const date = () => new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
  return once(`${locale} ${sameYear ? "day" : "date"}`, date).format(at);
}
