import { describe, expect, it } from "vitest";
import { pseudo } from "./pseudo";

type Words = { [key: string]: string | Words };
const files = import.meta.glob<Words>("./*/*.json", { eager: true, import: "default" });
const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../**/*.test.*", "!../api/schema.gen.ts"], { eager: true, query: "?raw", import: "default" });

function flat(words: Words, before = ""): Record<string, string> {
  return Object.fromEntries(Object.entries(words).flatMap(([k, v]) => (typeof v === "string" ? [[before + k, v]] : Object.entries(flat(v, `${before}${k}.`)))));
}
const texts = (language: string) =>
  Object.assign(
    {},
    ...Object.entries(files).flatMap(([path, words]) => {
      const [, lang, file] = /^\.\/(\w+)\/(\w+)\.json$/.exec(path) ?? [];
      return lang === language ? [Object.fromEntries(Object.entries(flat(words)).map(([k, v]) => [`${file}:${k}`, v]))] : [];
    }),
  ) as Record<string, string>;
const blanks = (text: string) => [...text.matchAll(/\{\{\s*([\w.]+)[^}]*\}\}/g)].map((m) => m[1]).sort();
const base = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");

const english = texts("en");

/** The same word in both. */
const SAME = new Set([
  "Spam",
  "System",
  "Normal",
  "normal",
  "Status",
  "Online",
  "Offline",
  "Filter",
  "Journal",
  "Admin",
  "Agent",
  "Switchboard",
  "Website",
  "Webhook",
  "Webhooks",
  "Cc",
  "Bcc",
  "…",
  "Single Sign-on",
  "{{count}} Person",
  "Chatwoot",
]);

describe.each(["de"])("%s", (language) => {
  const own = texts(language);

  it("has every text of the English, and no other", () => {
    const kinds = new Set(Object.keys(english).map(base));
    expect(Object.keys(own).filter((k) => !(k in english) && !kinds.has(base(k)))).toEqual([]);
    // Texts that count have all the kinds this language counts by.
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const missing = Object.keys(english).flatMap((k) => {
      if (!/_(one|other)$/.test(k)) return k in own ? [] : [k];
      return wanted.map((kind) => `${base(k)}_${kind}`).filter((kind) => !(kind in own));
    });
    expect([...new Set(missing)]).toEqual([]);
  });

  it("fills in the same blanks", () => {
    const other = Object.entries(own).filter(([k, text]) => {
      const same = english[k] ?? english[`${base(k)}_other`] ?? "";
      return blanks(text).join() !== blanks(same).join();
    });
    expect(other).toEqual([]);
  });

  it("says nothing in English", () => {
    const same = Object.entries(own).filter(([k, text]) => text === english[k] && !SAME.has(text) && /\p{L}/u.test(text.replace(/\{\{[^}]*\}\}/g, "")));
    expect(same).toEqual([]);
    const said = new Set(Object.values(own));
    expect([...SAME].filter((text) => !said.has(text))).toEqual([]);
  });

  it("leaves nothing empty and no stray blanks", () => {
    expect(Object.entries(own).filter(([, text]) => !text.trim() || text !== text.trim() || / {2}/.test(text))).toEqual([]);
  });
});

it("is English all over, with a text for each that counts one", () => {
  for (const key of Object.keys(english)) if (key.endsWith("_one")) expect(english, key).toHaveProperty([`${base(key)}_other`]);
});

it("formats dates and numbers in the language of the page, never in that of the machine", () => {
  const wrong = Object.entries(sources).flatMap(([path, text]) =>
    [
      ...text.matchAll(/\.toLocale(?:String|DateString|TimeString)\(\)|new Intl\.(?:DateTimeFormat|NumberFormat|RelativeTimeFormat|ListFormat|PluralRules)\((?:undefined)?[),]/g),
    ].map((m) => `${path}: ${m[0]}`),
  );
  expect(wrong).toEqual([]);
});

it("turns English around for the pages that prove mirroring, and leaves what is put in as it is", () => {
  const turned = pseudo({ hello: "Hello {{name}}", n_one: "{{count}} day", n_other: "{{count}} days", deep: { a: "A" } }) as Record<string, string> & { deep: Words };
  expect(turned.hello).toBe("\u202eHello \u202c\u2068{{name}}\u2069");
  expect(turned.n_few).toBe(turned.n_other);
  expect(turned.deep.a).toBe("\u202eA\u202c");
});
