/** What stands behind a slash that begins a word, up to the caret; null when there is none. */
export function slashAt(before: string): string | null {
  const match = /(?:^|\s)\/((?:[^\s/][^\n/]{0,40})?)$/u.exec(before);
  return match ? (match[1] ?? "") : null;
}

/** Names of variables that still stand in a text: nothing was known for them. */
export function holesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*([a-z_]+(?:\.[\w-]+)+)\s*(?:\|[^{}]*)?\}\}/gi)].map((m) => m[1] ?? ""))];
}
