export const PLACEHOLDERS = ["name", "opens", "number"] as const;

/** The text as a person would get it; unknown names stay as they are. */
export function fill(text: string, values: Record<string, string>): string {
  const out = text.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (whole, name: string) => values[name] ?? whole);
  // Somebody without a name is not greeted with a gap.
  return values.name === "" ? out.replace(/ ([,!.])/g, "$1") : out;
}
