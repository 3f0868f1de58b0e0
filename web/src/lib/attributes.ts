import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { AttributeDefinition, Page, Status, SubStatus } from "@/api/types";

export type AttributeValue = string | number | boolean | null;

/** Attributes of conversations or of contacts, in their order; archived ones only when asked for. */
export function useAttributes(of?: AttributeDefinition["applies_to"], archived = false) {
  const query = useQuery({
    queryKey: ["attribute-definitions"],
    queryFn: () => api.get<Page<AttributeDefinition>>("/attribute-definitions"),
    staleTime: 5 * 60_000,
  });
  return { ...query, data: query.data?.data.filter((d) => (!of || d.applies_to === of) && (archived || !d.archived)) };
}
export function useSubStatuses(archived = false) {
  const query = useQuery({ queryKey: ["sub-statuses"], queryFn: () => api.get<Page<SubStatus>>("/sub-statuses"), staleTime: 5 * 60_000 });
  return { ...query, data: query.data?.data.filter((s) => archived || !s.archived) };
}
/** Below which status those of this one stand. */
export const baseOf = (status: Status): Status => (status === "new" ? "open" : status);

/** A value as a reader sees it. */
export function said(d: Pick<AttributeDefinition, "kind" | "currency">, value: unknown, locale: string, words: { yes: string; no: string }): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (typeof value === "number") {
    if (d.kind === "percent") return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 4 }).format(value / 100);
    if (d.kind === "currency" && d.currency) {
      try {
        return new Intl.NumberFormat(locale, { style: "currency", currency: d.currency }).format(value);
      } catch {
        return `${value.toLocaleString(locale)} ${d.currency}`;
      }
    }
    return value.toLocaleString(locale, { maximumFractionDigits: 10 });
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (d.kind === "date" && /^\d{4}-\d\d-\d\d$/.test(text)) return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
  return text;
}

/** What was typed, as the server keeps it; undefined for what is no number. */
export function typed(d: Pick<AttributeDefinition, "kind">, text: string, locale = "en"): AttributeValue | undefined {
  const plain = text.trim();
  if (!plain) return null;
  if (d.kind !== "number" && d.kind !== "currency" && d.kind !== "percent") return plain;
  const bare = plain.replace(/[\s\u00a0\u202f'’%]/g, "");
  const own = new Intl.NumberFormat(locale).formatToParts(1.5).find((p) => p.type === "decimal")?.value ?? ".";
  // The reader's own sign before the fraction comes first; 1.234,5 and 1,234.5 are the same number to everybody.
  for (const point of own === "," ? [",", "."] : [".", ","]) {
    const group = point === "," ? "\\." : ",";
    const match = new RegExp(`^([+-]?(?:\\d{1,3}(?:${group}\\d{3})+|\\d*))(?:\\${point}(\\d+))?$`).exec(bare);
    if (match && /\d/.test(bare)) return Number(`${match[1]?.replace(/[.,]/g, "") || "0"}.${match[2] ?? "0"}`);
  }
  return undefined;
}
/** A number as one edits it: with the reader's own sign before the fraction, nothing between thousands. */
export const editable = (value: unknown, locale: string) =>
  typeof value === "number" ? value.toLocaleString(locale, { useGrouping: false, maximumFractionDigits: 10 }) : typeof value === "string" ? value : "";
