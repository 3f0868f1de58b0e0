/** "3 min. ago" for what is recent, a day otherwise. */
export function ago(at: string, locale: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { style: "narrow", numeric: "auto" });
  if (seconds < 45) return format.format(0, "second");
  if (seconds < 3_570) return format.format(-Math.max(1, Math.round(seconds / 60)), "minute");
  if (seconds < 84_600) return format.format(-Math.round(seconds / 3_600), "hour");
  if (seconds < 7 * 86_400) return format.format(-Math.round(seconds / 86_400), "day");
  return date(at, locale);
}

export function date(at: string, locale: string): string {
  const day = new Date(at);
  const year = day.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year }).format(day);
}

export function dateTime(at: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));
}

export function bytes(count: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let n = count;
  let at = 0;
  while (n >= 1000 && at < units.length - 1) {
    n /= 1000;
    at++;
  }
  return new Intl.NumberFormat(locale, { style: "unit", unit: units[at], unitDisplay: at ? "short" : "long", maximumFractionDigits: at && n < 10 ? 1 : 0 }).format(n);
}
