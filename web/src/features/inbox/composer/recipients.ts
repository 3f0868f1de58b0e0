import type { Address, Message } from "@/api/types";

export interface Recipients {
  to: Address[];
  cc: Address[];
  bcc: Address[];
}

type Written = Pick<Message, "direction" | "verified_sender" | "is_note" | "status" | "from" | "sender_name" | "to" | "cc" | "metadata"> & { aside_id?: string | null };

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

/** Ours: the channel's own address, its plus forms, and wherever an answer asked for with a token of ours goes. */
export function isOwn(address: string, own: readonly string[]): boolean {
  const [local = "", domain = ""] = address.trim().toLowerCase().split("@");
  const [name, tag] = local.split("+");
  if (tag !== undefined && /^[a-z2-7]{39}$/.test(tag)) return true;
  return own.some((o) => {
    const [ownLocal, ownDomain] = o.trim().toLowerCase().split("@");
    return same(address, o) || (tag !== undefined && domain === ownDomain && (name === ownLocal || name === "reply"));
  });
}

/** The last mail of a customer whose address is proven, with what we have sent since. What goes on with somebody else does not count. */
function answered(messages: readonly Written[]) {
  const mails = messages.filter((m) => !m.is_note && m.status !== "cancelled" && !m.aside_id);
  const at = mails.findLastIndex((m) => m.direction === "inbound" && m.verified_sender);
  return { mail: mails[at], since: mails.slice(at + 1).filter((m) => m.direction === "outbound") };
}

/** Whether the messages at hand say whom to answer; otherwise the server's word holds. */
export const isAnswerable = (messages: readonly Written[]): boolean => !!answered(messages).mail;

/** Reply: to whoever wrote last and is known, where they want it. Before anybody has written, to whom we wrote ourselves. */
export function replyRecipients(messages: readonly Written[], participants: readonly Address[], own: readonly string[]): Recipients {
  const others = (list: readonly Address[]) => list.filter((p) => !isOwn(p.address, own));
  const { mail, since } = answered(messages);
  const asked = typeof mail?.metadata?.reply_to === "string" && !isOwn(mail.metadata.reply_to, own) ? mail.metadata.reply_to : null;
  const address = asked ?? mail?.from;
  if (!address) {
    const before = others(since.at(-1)?.to ?? []);
    return { to: before.length ? before : others(participants), cc: [], bcc: [] };
  }
  const name = participants.find((p) => same(p.address, address))?.name ?? (asked ? null : mail?.sender_name);
  return { to: [name ? { name, address } : { address }], cc: [], bcc: [] };
}

/** Reply all, which is what happens by itself: everybody that mail was addressed to stays where they stood, in copy whom our answers to it have taken in. */
export function replyAllRecipients(messages: readonly Written[], participants: readonly Address[], own: readonly string[]): Recipients {
  const { mail, since } = answered(messages);
  const named = (list: readonly Address[]) =>
    list.filter((a) => !isOwn(a.address, own)).map((a) => (a.name ? a : { ...a, ...participants.find((p) => same(p.address, a.address) && p.name) }));
  const to = addAddresses(replyRecipients(messages, participants, own).to, named(mail?.to ?? []));
  const copies = named([...(mail?.cc ?? []), ...since.flatMap((m) => [...m.to, ...m.cc])]);
  return {
    to,
    cc: addAddresses(
      [],
      copies.filter((a) => !to.some((b) => same(a.address, b.address))),
    ),
    bcc: [],
  };
}

/** Whether both lists reach the same people the same way, in whatever order. */
export function sameRecipients(a: Recipients, b: Recipients): boolean {
  const key = (r: Recipients) => JSON.stringify([r.to, r.cc, r.bcc].map((list) => list.map((x) => x.address.trim().toLowerCase()).sort()));
  return key(a) === key(b);
}

/** Everybody added to whom the writer has named so far; nobody stands twice. */
export function withEverybody(now: Recipients, all: Recipients): Recipients {
  const to = addAddresses(
    now.to,
    all.to.filter((a) => ![...now.cc, ...now.bcc].some((b) => same(a.address, b.address))),
  );
  const rest = all.cc.filter((a) => ![...to, ...now.bcc].some((b) => same(a.address, b.address)));
  return { to, cc: addAddresses(now.cc, rest), bcc: now.bcc };
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
