import i18n from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import german from "@/i18n/de/problem.json";
import english from "@/i18n/en/problem.json";
import { inWords, interpreted, sentenceOf, type Texts } from "./problem";

// What the server says is written in its own sources. Whoever adds a refusal there adds its words here, or a reason why no person meets it.
const files = import.meta.glob<string>("../../../crates/*/src/**/*.rs", { eager: true, query: "?raw", import: "default" });
const sources = Object.entries(files).map(([path, text]) => ({ path: path.replace(/^.*\/crates\//, ""), text: text.replace(/\n#\[cfg\(test\)\]\nmod tests? \{.*/s, "") }));

/** Said on the command line or to the log, before or beside the pages. */
const COMMANDS = [
  /^backups\//,
  /^(config|edges\/src\/(guard|tls|vault))\b/,
  /^db\/src\/(copy|migrate|rows|sqlite|lib|events)\.rs/,
  /^kernel\/src\/page\.rs/,
  /^server\/src\/(archives\/(check|export|import|secrets|tar)|deletion\/(cli|removal)|people\/arrivals)\.rs/,
  /^server\/src\/(backups\/(cli|key|restore|take|mod)|start|cli|imports|demo|simulate)\b/,
];
/** Said to programs only: other servers, the chat on a site (which has words of its own), and whoever writes against the API. */
const PROGRAMS: { what: RegExp; why: string }[] = [
  { what: /^server\/src\/chatwoot\//, why: "bots and bridges that speak Chatwoot's API" },
  { what: /^server\/src\/widget\//, why: "the chat goes by the status and speaks for itself" },
  { what: /^server\/src\/filters\/grammar\.rs/, why: "the pages build filters that are well formed" },
  { what: /^server\/src\/http\/(extract|once)\.rs/, why: "the pages send well formed requests" },
  { what: /^server\/src\/intake\/http\.rs/, why: "providers deliver there" },
];
const CODES: Record<string, string> = {
  "auth.person_needed": "who calls with a token",
  "token.person_needed": "who calls with a token",
  "conversation.too_large": "metadata is written by programs",
  "events.origin": "the pages come from their own origin",
  "events.gone": "to a stream that nobody hears any more",
  "idempotency.key_invalid": "the pages make good keys",
  "idempotency.key_reused": "the pages make a key for each act",
  "method.not_allowed": "the pages use methods that exist",
  "upload.malformed": "the pages send files as they should be",
  "intake.visit": "kept in the journal with the delivery",
  "workspace.not_found": "on the command line",
  "data.unusable": "in the log, and beside an export that failed",
};
/** Words of somebody else, passed on as they are. */
const OTHERS = new Set(["oauth.refused", "provider.refused", "sso.refused", "simulate.refused", "signature.ambiguous"]);
/** Fields that no form of ours has, or that ours cannot fill wrongly. */
const FIELDS = new Set(["cursor", "limit", "since", "sort", "order", "workspace", "status", "channel", "event", "message_id", "filters", "tier"]);

const consts = Object.fromEntries(sources.flatMap(({ text }) => [...text.matchAll(/const ([A-Z_]+): &(?:'static )?str = "([a-z_]+\.[a-z_]+)"/g)].map((m) => [m[1], m[2]])));
const LITERAL = /^(?:format!\(\s*)?"((?:[^"\\]|\\.)*)"/;
/** The sentence that begins here, with something in each of its blanks. */
function sentence(rest: string): string | null {
  const found = LITERAL.exec(rest)?.[1];
  return found
    ? found
        .replace(/\\\n\s*/g, "")
        .replaceAll('\\"', '"')
        .replaceAll("{{", "\u0001")
        .replaceAll("}}", "\u0002")
        .replace(/\{[^}]*\}/g, "7")
        .replaceAll("\u0001", "{")
        .replaceAll("\u0002", "}")
    : null;
}
interface Said {
  code: string;
  text: string;
  path: string;
}
const ofPeople = ({ path, code }: { path: string; code: string }) =>
  !COMMANDS.some((c) => c.test(path)) && !PROGRAMS.some((p) => p.what.test(path)) && !(code in CODES) && !OTHERS.has(code);

const problems: Said[] = [];
const fields: Said[] = [];
for (const { path, text } of sources) {
  for (const m of text.matchAll(/Error::(not_found|unauthenticated|forbidden|conflict|too_large|too_many|unavailable|bad_request)\(\s*(?:"([^"]+)"|(?:\w+::)*([A-Z_]+))\s*,\s*/g)) {
    const code = m[2] ?? consts[m[3] ?? ""] ?? "";
    const rest = text.slice(m.index + m[0].length);
    const said = sentence(m[1] === "too_many" ? rest.replace(/^[^"]*?,\s*(?=format!|")/, "") : rest);
    if (said) problems.push({ code, text: said, path });
  }
  for (const m of text.matchAll(/\bfound\((?:[^()"]|\((?:[^()]|\([^()]*\))*\))*,\s*"([a-z_.]+)",\s*"([^"]+)"/g))
    problems.push({ code: m[1] ?? "", text: `There is no such ${m[2]}.`, path });
  for (const m of text.matchAll(/\bsay\(\s*"(policy\.[a-z_]+)",\s*/g)) {
    const said = sentence(text.slice(m.index + m[0].length));
    if (said) problems.push({ code: m[1] ?? "", text: said, path });
  }
  for (const m of text.matchAll(/(?:Error::field|\bfault|\bbad|\.wrong|\.add|\bneed)\(\s*(&?format!\((?:[^()]|\([^()]*\))*\)|"[^"]*"|&?[a-z_.]+)\s*,\s*"([a-z_]+)"\s*,\s*/g)) {
    const said = sentence(text.slice(m.index + m[0].length));
    const name = (m[1] ?? "").replace(/"/g, "");
    if (said && !FIELDS.has(name)) fields.push({ code: m[2] ?? "", text: said, path });
  }
  for (const m of text.matchAll(/code: "([a-z_]+)"\.into\(\),\s*detail: /g)) {
    const said = sentence(text.slice(m.index + m[0].length));
    if (said) fields.push({ code: m[1] ?? "", text: said, path });
  }
}

function flat(texts: Texts, before = ""): [string, string][] {
  return Object.entries(texts).flatMap(([k, v]) => (typeof v === "string" ? [[before + k, v] as [string, string]] : flat(v, `${before}${k}.`)));
}

describe("what the server says", () => {
  it("is found in its sources at all", () => {
    expect(problems.length).toBeGreaterThan(250);
    expect(fields.length).toBeGreaterThan(200);
    expect(problems.some((p) => p.code === "handle.taken")).toBe(true);
    expect(problems.some((p) => p.code === "policy.text_too_long")).toBe(true);
  });

  it("has its words in this catalogue, wherever a person can meet it", () => {
    const missing = [
      ...problems.filter((p) => ofPeople(p) && !sentenceOf(english, p.code, p.text)).map((p) => `${p.code}: ${p.text}   (${p.path})`),
      ...fields.filter((p) => ofPeople(p) && !sentenceOf(english, `field.${p.code}`, p.text)).map((p) => `field.${p.code}: ${p.text}   (${p.path})`),
    ];
    expect([...new Set(missing)]).toEqual([]);
  });

  it("has no words here that the server does not say any more", () => {
    const whole = sources.map((s) => s.text.replace(/\\\n\s*/g, "").replaceAll('\\"', '"')).join("\n");
    const things = new Set(problems.map((p) => p.text));
    // What lies between two blanks stands there as it is.
    const longest = (text: string) => text.split(/\{\{\w+\}\}/).reduce((a, b) => (b.length > a.length ? b : a));
    // Put together of several sentences, blank by blank.
    const composed = /^(policy\.window_closed|conversation\.changed)\b/;
    const stale = flat(english).filter(([key, text]) => !composed.test(key) && !things.has(text) && !whole.includes(longest(text)));
    expect(stale).toEqual([]);
  });

  it("gives a reason for every code that has none, and no reason twice", () => {
    const all = new Set(problems.map((p) => p.code));
    expect(Object.keys(CODES).filter((code) => !all.has(code) || flat(english).some(([key]) => key === code || key.startsWith(`${code}.`)))).toEqual([]);
  });
});

describe("in the language of the page", () => {
  beforeAll(async () => {
    await i18n.init({ lng: "de", resources: { de: { problem: german } }, interpolation: { escapeValue: false } });
  });

  it("keeps what stands in the blanks of a sentence", async () => {
    expect(await interpreted("handle.taken", "anna@shop.example already belongs to Anna (con_1).")).toBe("anna@shop.example gehört bereits zu Anna (con_1).");
    expect(await interpreted("policy.text_too_long", "This channel takes 160 characters; this is 161.")).toBe("Dieser Kanal nimmt 160 Zeichen; das sind 161.");
    // Blanks of a template, and what looks like one, are values like others.
    expect(await interpreted("field.unknown_placeholder", "{{ time }} is not known here. Use name, opens or number.")).toBe(
      "{{ time }} gibt es hier nicht. Es gibt name, opens und number.",
    );
  });

  it("leaves a sentence as it is that nobody has translated", async () => {
    expect(await interpreted("auth.required", "Something else.")).toBe("Something else.");
    expect(await interpreted("never.heard", "Of this.")).toBe("Of this.");
    expect(await interpreted("", "")).toBe("");
  });

  it("says what is wrong with the fields, without the names that programs give them", async () => {
    const problem = { status: 422, code: "invalid", title: "", request_id: null };
    const given = [
      { field: "name", code: "taken", detail: "There is a team of this name already." },
      { field: "hue", code: "out_of_range", detail: "A hue is 0 to 359 degrees." },
    ];
    const said = await inWords({ ...problem, fields: given, detail: "name: There is a team of this name already. hue: A hue is 0 to 359 degrees." });
    expect(said.fields.map((f) => f.detail)).toEqual(["Eine Gruppe dieses Namens gibt es schon.", "Ein Farbton hat 0 bis 359 Grad."]);
    expect(said.detail).toBe("Eine Gruppe dieses Namens gibt es schon. Ein Farbton hat 0 bis 359 Grad.");
  });

  it("is what the server says where the page speaks English", async () => {
    await i18n.changeLanguage("en");
    expect(await interpreted("handle.taken", "a already belongs to b.")).toBe("a already belongs to b.");
  });
});
