/** Short time of a list row: minutes, hours, weekday, date; `now` comes from outside. */
export function shortTime(iso: string, now: number, locale?: string): string {
  const at = Date.parse(iso);
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "narrow" }).format(0, "second");
  const narrow = (value: number, unit: "minute" | "hour") => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(value);
  if (minutes < 60) return narrow(minutes, "minute");
  const day = (t: number) => new Date(t).toDateString();
  if (day(at) === day(now)) return narrow(Math.floor(minutes / 60), "hour");
  const days = Math.floor((now - at) / 86_400_000);
  if (days < 6) return new Intl.DateTimeFormat(locale, { weekday: "short" }).format(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) }).format(at);
}
