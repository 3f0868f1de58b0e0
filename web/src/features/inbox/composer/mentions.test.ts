import { expect, it } from "vitest";
import { matchMembers, mentionAt } from "./mentions";

it("finds the name being typed", () => {
  expect(mentionAt("ask @to", 7)).toEqual({ from: 4, to: 7, text: "to" });
  expect(mentionAt("@", 1)).toEqual({ from: 0, to: 1, text: "" });
  expect(mentionAt("mail a@b", 8)).toBeNull();
  expect(mentionAt("@Jo said hello", 14)).toBeNull();
});

it("matches first and last names, with or without accents", () => {
  const members = [{ name: "Tomás Ferreira" }, { name: "Jonas Okafor" }];
  expect(matchMembers(members, "tomas")).toHaveLength(1);
  expect(matchMembers(members, "oka")[0]?.name).toBe("Jonas Okafor");
});
