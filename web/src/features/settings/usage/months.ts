import type { UsageMonth } from "@/api/types";

type Counts = Pick<UsageMonth, "inbound" | "outbound" | "automatic" | "conversations">;
export interface WholeMonth extends Counts {
  month: string;
  channels: UsageMonth[];
}

/** Each month with its sums and its channels, the busiest first; in the order in which the months came. */
export function byMonth(rows: UsageMonth[]): WholeMonth[] {
  const months = new Map<string, WholeMonth>();
  for (const row of rows) {
    const m = months.get(row.month) ?? { month: row.month, inbound: 0, outbound: 0, automatic: 0, conversations: 0, channels: [] };
    for (const key of ["inbound", "outbound", "automatic", "conversations"] as const) m[key] += row[key];
    m.channels.push(row);
    months.set(row.month, m);
  }
  for (const m of months.values()) m.channels.sort((a, b) => b.inbound + b.outbound - (a.inbound + a.outbound));
  return [...months.values()];
}
