import type { Channel, Contact, Descriptor } from "@/api/types";
import { isEmail } from "../composer/recipients";

export interface Way {
  channel: Channel;
  descriptor: Descriptor;
  /** The kind of address it writes to. */
  kind: string;
  /** The person's own address of that kind, when known. */
  address: string | null;
}

/** Channels that may write first. */
export function ways(channels: readonly Channel[], types: readonly Descriptor[]): Omit<Way, "address">[] {
  return channels.flatMap((channel) => {
    const descriptor = types.find((d) => d.id === channel.provider);
    const kind = descriptor?.capabilities.outbound_first;
    return descriptor && kind && channel.status !== "inactive" ? [{ channel, descriptor, kind }] : [];
  });
}

/** The kind of address typed: looks decide, and only kinds some channel can write to. */
export function kindOf(text: string, kinds: readonly string[]): string | null {
  const typed = text.trim();
  if (kinds.includes("email") && isEmail(typed)) return "email";
  if (kinds.includes("phone") && /^\+?[\d\s().-]{6,}$/.test(typed)) return "phone";
  return null;
}

/** Through which channels this person can be written to. */
export function waysTo(all: readonly Omit<Way, "address">[], person: Contact | { address: string; kind: string }): Way[] {
  return all.flatMap((way) => {
    if ("address" in person) return person.kind === way.kind ? [{ ...way, address: person.address }] : [];
    const handle = person.handles.find((h) => h.kind === way.kind) ?? person.handles.find((h) => h.kind === way.descriptor.id && h.scope === way.channel.id);
    return handle ? [{ ...way, address: handle.value }] : [];
  });
}
