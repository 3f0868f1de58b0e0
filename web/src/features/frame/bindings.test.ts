import { expect, it } from "vitest";
import frame from "@/i18n/en/frame.json";
import { ACTS } from "@/lib/keymap";
import { bindings, isAllowed } from "./bindings";

const sources = Object.values(import.meta.glob<string>("../**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })).join("\n");

it("lists no key that nobody listens to", () => {
  for (const { action, name } of bindings) {
    if ("wish" in action) expect(sources, name).toMatch(new RegExp(`use(?:Wish|Claim)\\("${action.wish}"`));
  }
});

it("has words for every key, and something to do for each that can be changed", () => {
  expect(bindings.map((b) => b.name).sort()).toEqual([...ACTS].sort());
  for (const { name } of bindings) expect(Object.keys(frame.keys)).toContain(name);
});

it("offers nobody what they may not do", () => {
  const offered = (permissions: string[]) => bindings.filter((b) => isAllowed(b, permissions)).map((b) => b.name);
  expect(offered([])).not.toContain("delete");
  expect(offered(["conversations.delete"])).toContain("delete");
});
