/** Filters as the server's grammar has them (`GET /filters/fields`): conditions, and groups of them. */

export type Scalar = string | number | boolean;
export interface Condition {
  field: string;
  op: string;
  value?: Scalar | Scalar[];
}
export type FilterNode = Condition | { and: FilterNode[] } | { or: FilterNode[] } | { not: FilterNode } | Record<string, never>;

export interface FilterField {
  name: string;
  label: string;
  kind: "choice" | "reference" | "tags" | "flag" | "time" | "number" | "text" | "words" | "attributes";
  operators: { name: string; takes: "nothing" | "one" | "many" | "pair" }[];
  options?: { value: string; label: string }[] | null;
  reference?: string | null;
  source?: string | null;
}
export interface FilterGrammar {
  of: string;
  fields: FilterField[];
  periods: string[];
  units: string[];
  limits: { depth: number; conditions: number; values: number; text: number };
}

/** How the members of a group go together. */
export type Mode = "all" | "any" | "none" | "notAll";
export interface Group {
  mode: Mode;
  members: FilterNode[];
}

export const isCondition = (n: FilterNode): n is Condition => "field" in n;

/** The node as a group, if it is one. */
export function groupOf(n: FilterNode): Group | null {
  if (isCondition(n)) return null;
  if ("and" in n && Array.isArray(n.and)) return { mode: "all", members: n.and };
  if ("or" in n && Array.isArray(n.or)) return { mode: "any", members: n.or };
  if ("not" in n && n.not) {
    const inner = groupOf(n.not as FilterNode);
    if (inner?.mode === "all") return { mode: "notAll", members: inner.members };
    if (inner?.mode === "any") return { mode: "none", members: inner.members };
    return { mode: "none", members: [n.not as FilterNode] };
  }
  return { mode: "all", members: [] };
}
export function nodeOf({ mode, members }: Group): FilterNode {
  if (mode === "all") return { and: members };
  if (mode === "any") return { or: members };
  return { not: mode === "none" ? { or: members } : { and: members } };
}
/** The outermost group, around a single condition too. */
export const rootOf = (n: FilterNode | undefined): Group => (n && isCondition(n) ? { mode: "all", members: [n] } : groupOf(n ?? {})) ?? { mode: "all", members: [] };

export function conditionsOf(n: FilterNode | undefined): Condition[] {
  if (!n) return [];
  if (isCondition(n)) return [n];
  return groupOf(n)?.members.flatMap(conditionsOf) ?? [];
}

/** The field of a condition; of an attribute, that of all attributes. */
export function fieldOf(fields: readonly FilterField[], c: Condition): FilterField | undefined {
  return fields.find((f) => f.name === c.field) ?? fields.find((f) => f.kind === "attributes" && c.field.startsWith(`${f.name}.`));
}
export const shapeOf = (field: FilterField | undefined, op: string) => field?.operators.find((o) => o.name === op)?.takes;

/** Whether there is everything in it that the server asks for. */
export function isComplete(fields: readonly FilterField[], c: Condition): boolean {
  const field = fieldOf(fields, c);
  const takes = shapeOf(field, c.op);
  if (!field || !takes || (field.kind === "attributes" && c.field.length <= field.name.length + 1)) return false;
  const there = (v: Scalar | undefined) => v !== undefined && v !== "" && !(typeof v === "number" && Number.isNaN(v)) && !(typeof v === "string" && !v.trim());
  if (takes === "nothing") return true;
  if (takes === "one") return !Array.isArray(c.value) && there(c.value);
  if (!Array.isArray(c.value) || !c.value.every(there)) return false;
  return takes === "pair" ? c.value.length === 2 : c.value.length > 0;
}
/** What of it can be asked for already. */
export function complete(fields: readonly FilterField[], n: FilterNode): FilterNode {
  const keep = (node: FilterNode): FilterNode | null => {
    if (isCondition(node)) return isComplete(fields, node) ? node : null;
    const group = groupOf(node);
    const members = group?.members.map(keep).filter((m): m is FilterNode => !!m) ?? [];
    return members.length && group ? nodeOf({ ...group, members }) : null;
  };
  return keep(n) ?? {};
}

/** One form for all that mean the same to a reader; for comparing. */
export function canonical(n: FilterNode | undefined): string {
  const plain = (node: FilterNode): unknown => {
    if (isCondition(node)) return node.value === undefined ? { f: node.field, o: node.op } : { f: node.field, o: node.op, v: node.value };
    const group = groupOf(node);
    if (!group?.members.length) return null;
    const members = group.members.map(plain).filter(Boolean);
    const [only] = members;
    return members.length === 1 && (group.mode === "all" || group.mode === "any") ? only : { m: group.mode, c: members };
  };
  return JSON.stringify(plain(n ?? {}));
}
export const sameFilter = (a: FilterNode | undefined, b: FilterNode | undefined) => canonical(a) === canonical(b);

/** Both hold. */
export function both(a: FilterNode | undefined, b: FilterNode | undefined): FilterNode {
  const members = [a, b].flatMap((n) => {
    const group = n && groupOf(n);
    if (!n || (group && !group.members.length)) return [];
    return group?.mode === "all" ? group.members : [n];
  });
  return { and: members };
}

/** A time as a filter says it, by its parts. */
export type When = { kind: "away"; sign: -1 | 1; n: number; unit: string } | { kind: "day"; day: string } | { kind: "period"; period: string } | { kind: "at"; at: string };
export function readWhen(text: string): When {
  const away = /^([+-])(\d+)(m|h|d|w|mo|y)$/.exec(text);
  if (away) return { kind: "away", sign: away[1] === "-" ? -1 : 1, n: Number(away[2]), unit: away[3] ?? "d" };
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return { kind: "day", day: text };
  if (/^[a-z_]+$/.test(text)) return { kind: "period", period: text };
  return { kind: "at", at: text };
}

/** What is known of a row: the value of a field, or undefined where only the server can tell. */
export type Get = (field: string) => unknown;
/** As the server folds text for comparing. */
const folded = (s: unknown) =>
  String(s ?? "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßøłæđðıœþ]/g, (c) => ({ ß: "ss", ø: "o", ł: "l", đ: "d", ð: "d", ı: "i", œ: "oe", þ: "th" })[c] ?? "ae");
const lower = (s: unknown) => String(s).trim().toLowerCase();
const isNothing = (v: unknown) => v === null || v === "" || (Array.isArray(v) && !v.length);

/** Whether a filter holds for a row; null where only the server can tell. */
export function holds(n: FilterNode, get: Get, me: string, fields: { ranks?: Record<string, readonly string[]> } = {}): boolean | null {
  if (!isCondition(n)) {
    const group = groupOf(n);
    if (!group?.members.length) return true;
    const all = group.members.map((m) => holds(m, get, me, fields));
    const every = all.includes(false) ? false : all.includes(null) ? null : true;
    const some = all.includes(true) ? true : all.includes(null) ? null : false;
    if (group.mode === "all") return every;
    if (group.mode === "any") return some;
    const inner = group.mode === "none" ? some : every;
    return inner === null ? null : !inner;
  }
  const value = get(n.field);
  if (value === undefined) return null;
  const wanted = (Array.isArray(n.value) ? n.value : n.value === undefined ? [] : [n.value]).map((v) => (v === "me" ? me : v));
  const among = () => (Array.isArray(value) ? wanted.some((w) => value.some((v) => lower(v) === lower(w))) : wanted.includes(value as Scalar));
  const rank = (v: unknown) => fields.ranks?.[n.field]?.indexOf(String(v)) ?? Number(v);
  switch (n.op) {
    case "is":
    case "any_of":
      return among();
    case "is_not":
    case "none_of":
      return !among();
    case "all_of":
      return Array.isArray(value) && wanted.every((w) => value.some((v) => lower(v) === lower(w)));
    case "is_set":
      return !isNothing(value);
    case "is_empty":
      return isNothing(value);
    case "contains":
      return folded(value).includes(folded(wanted[0]));
    case "not_contains":
      return !folded(value).includes(folded(wanted[0]));
    case "starts_with":
      return folded(value).startsWith(folded(wanted[0]));
    case "at_least":
      return rank(value) >= rank(wanted[0]);
    case "at_most":
      return rank(value) <= rank(wanted[0]);
    case "between":
      return typeof value === "number" ? value >= Number(wanted[0]) && value <= Number(wanted[1]) : null;
    default:
      return null;
  }
}
