import type { ConfigField } from "@/api/types";

export type ConfigValue = string | number | boolean | string[] | { set: boolean };
export type Config = Record<string, ConfigValue | undefined>;

/** Fields that a new form shows: names the server makes by itself are not asked for. */
export const askable = (fields: readonly ConfigField[]) => fields.filter((f) => !f.generated || f.kind === "secret");

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
      if (f.kind === "words") return [f.name, text ? text.split(/[,\s]+/).filter(Boolean) : []];
      return [f.name, text];
    }),
  );
}

/** What of a form goes to the server: changed values only, numbers as numbers, kept secrets not at all. */
export function outgoing(fields: readonly ConfigField[], value: Config, stored: Config = {}): Record<string, ConfigValue> {
  const out: Record<string, ConfigValue> = {};
  for (const f of fields) {
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
  for (const f of fields) {
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
