/** The headers of a mail in its order, unfolded; null where the source is no mail. */
export function headersOf(source: string): [name: string, value: string][] | null {
  const out: [string, string][] = [];
  for (const line of source.split(/\r?\n/)) {
    if (line === "") return out.length ? out : null;
    const last = out.at(-1);
    if (/^[ \t]/.test(line)) {
      if (!last) return null;
      last[1] += ` ${line.trim()}`;
      continue;
    }
    const match = /^([A-Za-z][A-Za-z0-9-]*):\s?(.*)$/.exec(line);
    if (!match) return null;
    out.push([match[1] as string, (match[2] as string).trim()]);
  }
  return out.length ? out : null;
}
