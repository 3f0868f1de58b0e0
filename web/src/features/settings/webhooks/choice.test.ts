import { expect, test } from "vitest";
import type { WebhookEventKind } from "@/api/types";
import { chooseGroup, chooseKind, countOf, holds, nameIn, pretty, spokenIn } from "./choice";

const kind = (name: string): WebhookEventKind => ({ name, group: name.split(".")[0] ?? "", about: "", chatwoot: null, example: {} });
const all = ["message.created", "message.updated", "message.deleted", "team.created"].map(kind);
const [created, updated] = all as [WebhookEventKind, WebhookEventKind];

test("a star holds what begins like it", () => {
  expect(holds(["*"], "team.created")).toBe(true);
  expect(holds(["message.*"], "message.created")).toBe(true);
  expect(holds(["message.*"], "team.created")).toBe(false);
});

test("a group replaces its kinds, and leaves others alone", () => {
  expect(chooseGroup(["message.created", "team.created"], "message", true)).toEqual(["team.created", "message.*"]);
  expect(chooseGroup(["message.*", "team.created"], "message", false)).toEqual(["team.created"]);
});

test("one kind taken from a whole group leaves the others by name", () => {
  expect(chooseKind(["team.created", "message.*"], created, all, false)).toEqual(["team.created", "message.updated", "message.deleted"]);
  expect(chooseKind(["message.created"], updated, all, true)).toEqual(["message.created", "message.updated"]);
  expect(chooseKind(["message.created"], created, all, false)).toEqual([]);
});

test("kinds are counted, and JSON is laid out", () => {
  expect(countOf(["message.*"], all)).toBe(3);
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty("no json")).toBe("no json");
});

test("another format leaves what it has words for", () => {
  const spoken = all.map((k) => (k.group === "message" && k !== updated ? { ...k, chatwoot: k.name.replace(".", "_") } : k));
  expect([nameIn("standard", created), nameIn("chatwoot", spoken[0] ?? created), nameIn("chatwoot", updated)]).toEqual(["message.created", "message_created", null]);
  expect(spokenIn("chatwoot", ["message.*", "team.created", "message.updated", "message.created"], spoken)).toEqual(["message.*", "message.created"]);
  expect(spokenIn("standard", ["*", "team.created"], spoken)).toEqual(["*", "team.created"]);
});
