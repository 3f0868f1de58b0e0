import { expect, it } from "vitest";
import { holesIn, slashAt } from "./slash";

it("finds a slash that begins a word, and what follows it", () => {
  expect(slashAt("/")).toBe("");
  expect(slashAt("Hello /ref")).toBe("ref");
  expect(slashAt("Hello\n/late refund")).toBe("late refund");
});

it("leaves other slashes alone", () => {
  for (const text of ["and/or", "https://x.example", "1/2", "/ ", "a / b", "/done\n", "/a/b", ""]) expect(slashAt(text), text).toBeNull();
});

it("names what is still to be filled in, each once", () => {
  expect(holesIn("Hi {{contact.first_name}} and {{ contact.first_name }}, #{{conversation.number}} {{x}} {{ }}")).toEqual(["contact.first_name", "conversation.number"]);
  expect(holesIn("{{contact.custom.plan|none}}")).toEqual(["contact.custom.plan"]);
  expect(holesIn("nothing here {{")).toEqual([]);
});
