import type { WebhookEventKind, WebhookFormat } from "@/api/types";

/** Whether a choice such as `message.*` or `*` holds this kind. */
export const holds = (chosen: string[], kind: string) => chosen.some((c) => (c.endsWith("*") ? kind.startsWith(c.slice(0, -1)) : c === kind));

/** What a kind is called in a format; nothing where the format has no words for it. */
export const nameIn = (format: WebhookFormat, kind: WebhookEventKind): string | null => (format === "standard" ? kind.name : (kind[format] ?? null));

/** What is left of a choice when the format changes. */
export const spokenIn = (format: WebhookFormat, chosen: string[], all: WebhookEventKind[]) => chosen.filter((c) => all.some((k) => nameIn(format, k) && holds([c], k.name)));

/** All of a group, or none of it; the star stands for it whole, with what may come to it. */
export function chooseGroup(chosen: string[], group: string, on: boolean): string[] {
  const rest = chosen.filter((c) => !c.startsWith(`${group}.`));
  return on ? [...rest, `${group}.*`] : rest;
}

/** One kind; taken from a group that was whole, the others of it stay by name. */
export function chooseKind(chosen: string[], kind: WebhookEventKind, all: WebhookEventKind[], on: boolean): string[] {
  const group = all.filter((k) => k.group === kind.group).map((k) => k.name);
  const before = group.filter((name) => holds(chosen, name));
  const now = on ? group.filter((name) => name === kind.name || before.includes(name)) : before.filter((name) => name !== kind.name);
  const rest = chosen.filter((c) => !c.startsWith(`${kind.group}.`));
  return [...rest, ...now];
}

/** How many kinds a choice comes to. */
export const countOf = (chosen: string[], all: WebhookEventKind[]) => all.filter((k) => holds(chosen, k.name)).length;

/** JSON as people read it; anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
