import { MessageSquareText, Tag, UserRound } from "lucide-react";
import { api } from "@/api/client";
import type { Hit, Page } from "@/api/types";

export function search(q: string, limit: number, cursor?: string, signal?: AbortSignal, best?: boolean): Promise<Page<Hit>> {
  const query = new URLSearchParams({ q, limit: String(limit) });
  if (best) query.set("sort", "relevance");
  if (cursor) query.set("cursor", cursor);
  return api.get<Page<Hit>>(`/search?${query}`, { signal });
}

/** Where a hit leads: the message in its conversation, or the contact. */
export function place(hit: Hit) {
  if (hit.kind === "contact") return { to: "/contacts/$id", params: { id: hit.contact_id ?? "" }, search: {} };
  if (hit.kind === "tag") return { to: "/inbox", params: {}, search: { status: "all", tag: hit.title } };
  return { to: "/inbox/$id", params: { id: hit.conversation_id ?? "" }, search: hit.message_id ? { message: hit.message_id } : {} };
}

export const keyOf = (hit: Hit) => `${hit.kind}-${hit.message_id ?? hit.contact_id ?? hit.conversation_id ?? hit.title}`;
export const iconOf = (hit: Hit) => (hit.kind === "contact" ? UserRound : hit.kind === "tag" ? Tag : MessageSquareText);

/** Whether all typed words begin somewhere in the label. */
export function matches(label: string, typed: string): boolean {
  const fold = (s: string) => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const text = ` ${fold(label)}`;
  return fold(typed)
    .split(/\s+/)
    .every((word) => text.includes(word));
}
