import { expect, test } from "vitest";
import type { WebhookEventKind } from "@/api/types";
import { chooseGroup, chooseKind, countOf, holds, pretty } from "./choice";

const kind = (name: string): WebhookEventKind => ({ name, group: name.split(".")[0] ?? "", about: "", example: {} });
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
