import { expect, it } from "vitest";

const components = import.meta.glob(["./*.tsx", "./rules/RuleGroup.tsx", "!./*.test.tsx"]);
const gallery = Object.values(import.meta.glob<string>("../../gallery/*.tsx", { eager: true, query: "?raw", import: "default" })).join("\n");

/** Parts of others, which are shown with those. */
const WITHIN = new Set(["AttributeFields", "index", "opening", "MenuParts", "PopoverPanel", "DialogPanel", "DrawerPanel"]);

it("has every component in the gallery", () => {
  const missing = Object.keys(components)
    .map((path) => path.replace("./", "").replace(".tsx", ""))
    .filter((name) => !WITHIN.has(name) && !gallery.includes(`"@/ui/${name}"`));
  expect(missing).toEqual([]);
});

it("is nothing the product is made of", () => {
  const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!./gallery.test.ts"], { eager: true, query: "?raw", import: "default" });
  expect(
    Object.entries(sources)
      .filter(([, text]) => /from "[^"]*gallery\//.test(text) || /import\("[^"]*gallery\//.test(text))
      .map(([path]) => path),
  ).toEqual([]);
});
