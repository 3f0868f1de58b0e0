import { expect, it } from "vitest";

const components = import.meta.glob(["./*.tsx", "./rules/RuleGroup.tsx", "!./*.test.tsx"]);
const gallery = Object.values(import.meta.glob<string>("../../gallery/*.tsx", { eager: true, query: "?raw", import: "default" })).join("\n");

const sources = import.meta.glob<string>(["./**/*.{ts,tsx}", "!./**/*.test.{ts,tsx}"], { eager: true, query: "?raw", import: "default" });
const users = Object.values(import.meta.glob<string>(["../{app,features}/**/*.{ts,tsx}", "!../**/*.test.{ts,tsx}"], { eager: true, query: "?raw", import: "default" })).join("\n");
const nameOf = (path: string) => path.replace("./", "").replace(".tsx", "");

/** What a component is made of that only others of `ui/` use, such as the panel of a menu: it is shown with those. */
function within(name: string): string[] {
  return [...(sources[`./${name}.tsx`] ?? "").matchAll(/(?:from|import\() ?"\.\/(\w+)"/g)].map((m) => m[1] as string);
}
const isShown = (name: string) => gallery.includes(`"@/ui/${name}"`);
const isUsed = (name: string) => users.includes(`"@/ui/${name}"`) || (sources["./index.tsx"] ?? "").includes(`"./${name}"`);

it("has every component in the gallery", () => {
  const all = Object.keys(components).map(nameOf);
  const shown = all.filter(isShown);
  for (const name of shown) for (const part of within(name)) if (all.includes(part) && !shown.includes(part) && !isUsed(part)) shown.push(part);
  // The list of them all is none itself.
  expect(all.filter((name) => name !== "index" && !shown.includes(name))).toEqual([]);
});

it("is nothing the product is made of", () => {
  const every = import.meta.glob<string>(["../**/*.{ts,tsx}", "!./gallery.test.ts"], { eager: true, query: "?raw", import: "default" });
  expect(
    Object.entries(every)
      .filter(([, text]) => /from "[^"]*gallery\//.test(text) || /import\("[^"]*gallery\//.test(text))
      .map(([path]) => path),
  ).toEqual([]);
});
