interface Used {
  used_count: number;
  last_used_at: string | null;
  created_at: string;
}
const DAYS_90 = 90 * 86_400_000;

/** Nobody has needed it for a long time. */
export function isStale(r: Used, now = Date.now()): boolean {
  return now - Date.parse(r.last_used_at ?? r.created_at) > DAYS_90;
}

/** Rows that come in order of folder, by folder; those without one come first. */
export function byFolder<T extends { folder: string | null }>(rows: readonly T[]): [folder: string, rows: T[]][] {
  const groups: [string, T[]][] = [];
  for (const row of rows) {
    const folder = row.folder ?? "";
    const last = groups.at(-1);
    if (last && last[0].toLowerCase() === folder.toLowerCase()) last[1].push(row);
    else groups.push([folder, [row]]);
  }
  return groups;
}
