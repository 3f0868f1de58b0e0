import { expect, it } from "vitest";
import { narrowed } from "./narrow";

const names = ["Zoë Müller", "Anna Müller", "Émile Zola", "ANNA BERG"];
const by = (asked: string) => narrowed(names, asked, (n) => n);

it("finds every word in any order, without case and accents", () => {
  expect(by("muller")).toEqual(["Zoë Müller", "Anna Müller"]);
  expect(by("MÜLLER an")).toEqual(["Anna Müller"]);
  expect(by("emile")).toEqual(["Émile Zola"]);
  expect(by("anna")).toEqual(["Anna Müller", "ANNA BERG"]);
  expect(by("nobody")).toEqual([]);
});

it("shows everything while nothing is asked", () => {
  expect(by("")).toEqual(names);
  expect(by("   ")).toEqual(names);
});
