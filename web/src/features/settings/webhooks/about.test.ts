import { expect, test } from "vitest";
import catalogue from "../../../../../crates/server/src/webhooks/catalogue.rs?raw";
import de from "@/i18n/de/webhooks.json";
import en from "@/i18n/en/webhooks.json";

const kinds = [...catalogue.matchAll(/\bkind\(\s*"([^"]+)",\s*"([^"]+)"/g)].map(([, name = "", about = ""]) => ({ name, about }));
const flat = (about: Record<string, Record<string, string>>) =>
  Object.entries(about).flatMap(([group, of]) => Object.entries(of).map(([what, text]) => [`${group}.${what}`, text]));

test("every kind of event that the server tells of has words in each language, and no other", () => {
  expect(kinds.length).toBeGreaterThan(30);
  const names = kinds.map((k) => k.name).sort();
  for (const words of [en, de]) {
    expect(
      flat(words.about)
        .map(([name]) => name)
        .sort(),
    ).toEqual(names);
    expect(Object.keys(words.group).sort()).toEqual([...new Set(names.map((n) => n.split(".")[0]))].sort());
  }
});

test("the English words are the server's own", () => {
  expect(Object.fromEntries(flat(en.about))).toEqual(Object.fromEntries(kinds.map((k) => [k.name, k.about.replaceAll("`", "")])));
});
