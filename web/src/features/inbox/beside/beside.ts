import type { Address, Attachment, Channel, Descriptor, Message } from "@/api/types";

/** What is asked for: sending something on to somebody else, or answering them. */
export interface Ask {
  conversationId: string;
  as: "forward" | "answer";
  /** The message forwarded or answered; without it, the whole conversation. */
  messageId?: string | null;
  /** A taken-back one to be written on. */
  again?: Message;
  /** What had been chosen for that one. */
  chosen?: Choices;
}

export interface Choices {
  /** Of which message it began, whatever was forwarded in the end. */
  messageId?: string | null;
  whole: boolean;
  withFiles: boolean;
  unsigned: boolean;
  channel: string;
  /** The writer's own files, beside those forwarded. */
  files: readonly Attachment[];
}

/** By message, for as long as it may be taken back here; a message itself does not say all of it. */
const kept = new Map<string, Choices>();
export function keepChoices(made: Message, choices: Omit<Choices, "files">, ownFiles: readonly string[]) {
  kept.set(made.id, { ...choices, files: made.attachments.filter((a) => ownFiles.includes(a.id)) });
}

/** What was sent to somebody else, not to the customer. */
export const isBeside = (m: Pick<Message, "aside_id">): boolean => !!m.aside_id;

/** A message that began such a talk: what it was. */
export function beginning(m: Pick<Message, "id" | "aside_id" | "metadata">): "forward" | "transcript" | null {
  if (m.aside_id !== m.id) return null;
  return m.metadata?.transcript ? "transcript" : "forward";
}

/** How a taken-back message is taken up again. */
export function askAgain(m: Message): Ask | null {
  if (beginning(m) === "transcript") return null;
  const forward = m.metadata?.forward as { message_id?: string | null } | undefined;
  const chosen = kept.get(m.id);
  const about = forward ? (chosen?.messageId ?? forward.message_id) : m.reply_to_id;
  return { conversationId: m.conversation_id, as: forward ? "forward" : "answer", messageId: about, again: m, chosen: chosen ?? read(m, !!forward) };
}

/** What can be read off a message that was written elsewhere, or before a reload. */
function read(m: Message, forward: boolean): Choices {
  const files = forward ? [] : m.attachments.filter((a) => !a.inline);
  return { whole: false, withFiles: true, unsigned: m.metadata?.signed !== true, channel: "", files };
}

/** Whom an answer in such a talk is for. */
export function answerTo(m: Pick<Message, "direction" | "from" | "sender_name" | "to" | "metadata">): Address[] {
  if (m.direction === "outbound") return [...m.to];
  const asked = typeof m.metadata?.reply_to === "string" ? m.metadata.reply_to : null;
  const address = asked ?? m.from;
  return address ? [{ name: m.sender_name, address }] : [];
}

const MARKS = /^(?:(?:re|aw|fwd?|wg)\s*:\s*)+/i;
export const forwardSubject = (subject: string | null | undefined, number: number) => {
  const bare = (subject ?? "").replace(MARKS, "").trim();
  return `Fwd: ${bare || `conversation #${number}`}`;
};
export const answerSubject = (subject: string | null | undefined) => (/^re:/i.test(subject ?? "") ? (subject ?? "") : `Re: ${subject ?? ""}`.trim());

/** Channels that carry mail, the conversation's own first. */
export function mailChannels(channels: readonly Channel[], types: readonly Descriptor[], own: string): Channel[] {
  const sends = (c: Channel) => types.find((d) => d.id === c.provider)?.capabilities.recipients && c.status !== "inactive";
  return channels.filter(sends).sort((a, b) => Number(b.id === own) - Number(a.id === own));
}
