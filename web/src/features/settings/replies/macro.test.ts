import { expect, it } from "vitest";
import type { MacroActions } from "@/api/types";
import { deeds, toActions, toForm } from "./macro";

const words = { text: "Done", html: "<p>Done</p>" };

it("gives back what it was given", () => {
  const all: MacroActions[] = [
    { reply: words, note: "n", add_tags: ["a"], remove_tags: ["b"], priority: "high", assign: "me", status: "resolved" },
    { snooze: { kind: "reply" } },
    { snooze: { kind: "hours", count: 4 } },
    { snooze: { kind: "morning", days: 2 } },
    { assign: "nobody", snooze: { kind: "weekday", day: 1 } },
  ];
  for (const actions of all) expect(toActions(toForm(actions), words)).toEqual(actions);
});

it("begins with a reply and nothing else", () => {
  expect(toActions(toForm(), words)).toEqual({ reply: words });
});

it("says what it does, in order", () => {
  expect(deeds({ status: "resolved", add_tags: ["x"], reply: words })).toEqual(["reply", "tags", "resolved"]);
  expect(deeds({ snooze: { kind: "reply" }, note: "x" })).toEqual(["note", "snooze"]);
});
