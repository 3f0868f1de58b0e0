import type { Descriptor, Limits as All } from "@/api/types";

/** Of what a channel allows, what a text and its files are held against. */
export type Limits = Pick<All, "text_chars" | "text_bytes" | "attachments" | "attachment_bytes" | "convert" | "media">;
/** What can be written in a field: a channel's descriptor, or what is kept for any channel. */
export interface Takes {
  capabilities: Pick<Descriptor["capabilities"], "html" | "attachments">;
  limits: Limits;
}

export type LimitBreach = { kind: "text"; over: number; limit: number } | { kind: "count"; limit: number } | { kind: "size"; name: string; limit: number };

/** Characters as the server counts them: whole code points. */
export function length(text: string): number {
  return [...text.trim()].length;
}

export function checkText(text: string, limits: Limits): LimitBreach | null {
  const over = Math.max(length(text) - limits.text_chars, limits.text_bytes ? new TextEncoder().encode(text.trim()).length - limits.text_bytes : 0);
  return over > 0 ? { kind: "text", over, limit: limits.text_chars } : null;
}

/** Which of the new files fit beside those already there, and the first reason why others do not. */
export function fitFiles<T extends { name: string; size: number; type?: string }>(files: readonly T[], already: number, limits: Limits): { fit: T[]; breach: LimitBreach | null } {
  let breach: LimitBreach | null = null;
  const fit: T[] = [];
  for (const file of files) {
    const most = largest(file.type ?? "", file.size, limits);
    if (file.size > most) breach ??= { kind: "size", name: file.name, limit: most };
    else if (already + fit.length >= limits.attachments) breach ??= { kind: "count", limit: limits.attachments };
    else fit.push(file);
  }
  return { fit, breach };
}

/** Characters left, once few enough are left to be worth showing. */
export function remaining(text: string, limits: Limits): number | null {
  const left = limits.text_chars - length(text);
  return left <= Math.min(200, limits.text_chars * 0.1) ? left : null;
}

/** What a file becomes before it leaves, as the server decides it: the longest beginning that fits wins. */
export function conversion(contentType: string, bytes: number, limits: Limits): string | null {
  const fits = limits.convert.filter((c) => contentType.startsWith(c.from) && bytes > c.over);
  return fits.sort((a, b) => b.from.length - a.from.length)[0]?.to ?? null;
}

/** What is converted is made to fit; the original has to be of a size that can be worked on. */
const CONVERTIBLE_BYTES = 25_000_000;

/** The largest file of this kind that can be attached. */
function largest(contentType: string, size: number, limits: Limits): number {
  if (conversion(contentType, size, limits)) return Math.max(limits.attachment_bytes, CONVERTIBLE_BYTES);
  const own = limits.media.filter((m) => contentType.startsWith(m.prefix)).sort((a, b) => b.prefix.length - a.prefix.length)[0];
  return Math.min(limits.attachment_bytes, own && contentType ? own.bytes : limits.attachment_bytes);
}

/** "image/jpeg" as people call it. */
export const kindName = (contentType: string) => contentType.replace(/^.*\//, "").toUpperCase();
