import type { ConfigField } from "@/api/types";

export type ConfigValue = string | number | boolean | string[] | { set: boolean };
export type Config = Record<string, ConfigValue | undefined>;

/** Fields that a new form shows: names the server makes by itself are not asked for. */
export const askable = (fields: readonly ConfigField[]) => fields.filter((f) => !f.generated || f.kind === "secret");

type Conditions = ConfigField["when"];

/** Whether one of these lists of conditions holds in full; none at all always does. A field that is not asked has no value. */
export function holds(when: Conditions, fields: readonly ConfigField[], value: Config): boolean {
  return when.length === 0 || when.some((all) => all.every((is) => is.one_of.includes(said(is.field, fields, value))));
}
function said(name: string, fields: readonly ConfigField[], value: Config): string {
  const at = fields.findIndex((f) => f.name === name);
  const field = fields[at];
  if (!field || !holds(field.when, fields.slice(0, at), value)) return "";
  const v = value[name];
  return v === undefined || v === "" || typeof v === "object" ? (field.default ?? "") : String(v);
}

/** The fields that are asked, as the others are filled in. */
export const asked = (fields: readonly ConfigField[], value: Config) => fields.filter((f) => holds(f.when, fields, value));

const chosen = (f: ConfigField, value: unknown) => f.presets.find((p) => p.choice === value);

/** What an option brings besides itself; what the one before it brought, and nobody has changed, goes back to where it was. */
export function presetChanges(fields: readonly ConfigField[], value: Config, field: ConfigField, choice: ConfigValue): Config {
  const usual = initial(fields.filter((f) => !f.generated));
  const typed = (name: string, text: string) => fields.filter((f) => f.name === name).map((f) => initial([{ ...f, default: text }])[name])[0];
  const out: Config = {};
  for (const { field: name, value: text } of chosen(field, value[field.name])?.sets ?? []) {
    if (JSON.stringify(value[name]) === JSON.stringify(typed(name, text)) || String(value[name] ?? "") === text) out[name] = usual[name];
  }
  for (const { field: name, value: text } of chosen(field, choice)?.sets ?? []) out[name] = typed(name, text);
  return out;
}

/** The option's note, if it has one. */
export const noteOf = (field: ConfigField, value: unknown) => [chosen(field, value)].filter((p) => p?.note)[0];

/** What the chosen options settle: nobody needs to look at it. */
export function settled(fields: readonly ConfigField[], value: Config): Set<string> {
  const sets = fields.flatMap((f) => chosen(f, value[f.name])?.sets ?? []);
  return new Set(sets.filter((s) => s.settled).map((s) => s.field));
}

/** What the connect button signs in with: the option that brought its addresses, or the channel's own name. */
export function signsInWith(fields: readonly ConfigField[], value: Config, name: string): string {
  const field = fields.find((f) => chosen(f, value[f.name])?.sets.some((s) => s.settled && s.value.startsWith("https://")));
  return field?.options.find((o) => o.value === value[field.name])?.label ?? name;
}

/** What the preview of a chat window goes by: every field the channel type has, in its own type, with its default where nothing is written. Keys stay out. */
export function previewOf(fields: readonly ConfigField[], value: Config, name: string): Record<string, unknown> {
  const usual = initial(fields);
  const filled = fields.filter((f) => f.kind !== "secret").map((f) => [f.name, value[f.name] === undefined || value[f.name] === "" ? usual[f.name] : value[f.name]] as const);
  return { name, ...Object.fromEntries(filled.filter(([, v]) => v !== undefined && v !== "")) };
}

/** How the API shows a secret: whether it is there, never what it is. */
export const isSet = (value: unknown): value is { set: true } => typeof value === "object" && value !== null && (value as { set?: unknown }).set === true;

export function makeSecret(length = 40): string {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  return Array.from(crypto.getRandomValues(new Uint32Array(length)), (n) => letters[n % letters.length]).join("");
}

/** What a new form shows: defaults in their own types, keys freshly made. */
export function initial(fields: readonly ConfigField[]): Config {
  return Object.fromEntries(
    fields.map((f) => {
      const text = f.default ?? "";
      if (f.generated) return [f.name, text || (f.kind === "secret" ? makeSecret() : "")];
      if (f.kind === "boolean") return [f.name, text === "true"];
      if (f.kind === "words" || f.kind === "names") return [f.name, text ? text.split(f.kind === "words" ? /[,\s]+/ : /\s*,\s*/).filter(Boolean) : []];
      return [f.name, text];
    }),
  );
}

/** What of a form goes to the server: changed values only, numbers as numbers, kept secrets and what is not asked not at all. */
export function outgoing(fields: readonly ConfigField[], value: Config, stored: Config = {}): Record<string, ConfigValue> {
  const out: Record<string, ConfigValue> = {};
  for (const f of asked(fields, value)) {
    let v = value[f.name];
    if (v === undefined || isSet(v)) continue;
    if (typeof v === "string" && f.kind !== "text_area" && f.kind !== "secret") v = v.trim();
    if (f.kind === "number" && typeof v === "string") {
      if (v === "" && stored[f.name] === undefined) continue;
      v = /^-?\d+$/.test(v) ? Number(v) : v;
    }
    const before = stored[f.name];
    if (before === undefined ? v === "" : JSON.stringify(v) === JSON.stringify(before)) continue;
    if (isSet(before) && v === "") continue;
    out[f.name] = v;
  }
  return out;
}

/** Faults that can be told before asking the server, keyed as the server does. */
export function faults(fields: readonly ConfigField[], value: Config, say: (kind: "required" | "email" | "url" | "number", label: string) => string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const f of asked(fields, value)) {
    const v = value[f.name];
    const text = typeof v === "string" ? v.trim() : "";
    const key = `configuration.${f.name}`;
    // What is left empty is made by the server.
    if (f.generated && text === "") continue;
    if (f.required && f.kind !== "boolean" && (v === undefined || text === "") && typeof v !== "number" && !Array.isArray(v) && !isSet(v)) out[key] = say("required", f.label);
    else if (f.required && Array.isArray(v) && v.length === 0) out[key] = say("required", f.label);
    else if (text && f.kind === "email" && !/^[^\s@]+@[^\s@]+$/.test(text)) out[key] = say("email", f.label);
    else if (text && f.kind === "url" && !URL.canParse(text)) out[key] = say("url", f.label);
    else if (text && f.kind === "number" && !/^-?\d+$/.test(text)) out[key] = say("number", f.label);
  }
  return out;
}
