import type { NewSignature, Signature } from "@/api/types";

/** What stands below one's mails of a channel: the usual signature, one of its own, or nothing. */
export type Choice = "usual" | "own" | "none";
export type Choices = Readonly<Record<string, Choice>>;
export interface Words {
  html: string;
  text: string;
}

export const choicesOf = (s: Signature): Choices => ({
  ...Object.fromEntries(s.channels.map((c) => [c.channel_id, "own"] as const)),
  ...Object.fromEntries(s.off_channels.map((id) => [id, "none"] as const)),
});

/** What is to be kept. One of its own that says nothing would be a signature that is none. */
export function written(usual: Words, choices: Choices, own: (channel: string) => Words): Required<NewSignature> {
  const chosen = (choice: Choice) => Object.keys(choices).filter((id) => choices[id] === choice);
  const channels = chosen("own").map((channel_id) => ({ channel_id, ...own(channel_id) }));
  const empty = channels.filter((c) => !c.text.trim());
  return {
    ...usual,
    off_channels: [...chosen("none"), ...empty.map((c) => c.channel_id)].sort(),
    channels: channels.filter((c) => !empty.includes(c)).sort((a, b) => (a.channel_id < b.channel_id ? -1 : 1)),
  };
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** How a mail ends: with what the writer signs, and what the channel adds to every mail. */
export function ending(words: Words | null, channel: string): string {
  const lines = channel.split(/\r?\n/).map(escaped).join("<br>");
  return [words?.text.trim() && `<div>${words.html}</div>`, channel && `<div>-- <br>${lines}</div>`].filter(Boolean).join("<br>");
}
