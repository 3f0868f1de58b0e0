const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** A length of time in its two largest units: "2 h 5 min". */
export function duration(ms: number, language: string): string {
  const parts: string[] = [];
  let rest = Math.max(0, ms);
  for (const [unit, size] of units) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n || (unit === "second" && !parts.length)) parts.push(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(n));
    if (parts.length === 2 || (parts.length === 1 && !n)) break;
  }
  return parts.join(" ");
}
