import type { Address, Message } from "@/api/types";

export interface Recipients {
  to: Address[];
  cc: Address[];
  bcc: Address[];
}

type Written = Pick<Message, "direction" | "verified_sender" | "is_note" | "from" | "sender_name" | "metadata">;

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** `Name <address>` or a bare address. */
export function parseAddress(text: string): Address {
  const match = /^\s*"?([^"<]*?)"?\s*<([^<>]+)>\s*$/.exec(text);
  const address = (match?.[2] ?? text).trim();
  const name = match?.[1]?.trim();
  return name ? { name, address } : { address };
}

export function isEmail(text: string): boolean {
  return /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]{2,}$/.test(text.trim());
}

/** Whom an answer goes to unless the writer says otherwise: the last customer whose address is proven, with the others in copy. */
export function defaultRecipients(messages: readonly Written[], participants: readonly Address[], own: string): Recipients {
  const others = participants.filter((p) => !same(p.address, own));
  const last = messages.findLast((m) => m.direction === "inbound" && m.verified_sender && !m.is_note);
  const replyTo = typeof last?.metadata?.reply_to === "string" ? last.metadata.reply_to : null;
  const address = replyTo ?? last?.from;
  if (!address) return { to: others, cc: [], bcc: [] };
  const known = others.find((p) => same(p.address, address));
  const name = known?.name ?? (replyTo ? null : last?.sender_name);
  return { to: [name ? { name, address } : { address }], cc: others.filter((p) => !same(p.address, address)), bcc: [] };
}

/** Splits what was typed or pasted into addresses. */
export function splitAddresses(text: string): Address[] {
  return text
    .split(/[,;\n]+/)
    .filter((part) => part.trim())
    .map(parseAddress);
}

export function addAddresses(list: readonly Address[], more: readonly Address[]): Address[] {
  const all = [...list];
  for (const a of more) if (!all.some((b) => same(a.address, b.address))) all.push(a);
  return all;
}
