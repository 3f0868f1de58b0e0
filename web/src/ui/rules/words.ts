import { useTranslation } from "react-i18next";
import { type Condition, type FilterField, fieldOf, readWhen, type Scalar, shapeOf } from "@/lib/filters";
import type { Option } from "../Combobox";

/** What may stand in a field, by the field's name; fields of ids without a list are not offered. */
export type Lookups = Record<string, Option[]>;

/** Names for fields, operators and values: the screen's own, or else the server's English. */
export function useFilterWords(fields: readonly FilterField[], lookups: Lookups) {
  const { t, i18n } = useTranslation("filters");
  const own = (c: Condition) => c.field.slice((fieldOf(fields, c)?.name.length ?? -1) + 1);
  const field = (c: Condition) => {
    const f = fieldOf(fields, c);
    if (f?.kind === "attributes") return own(c) || t(`field.${f.name}`);
    return t(`field.${c.field}`, { defaultValue: f?.label ?? c.field });
  };
  const operator = (f: FilterField | undefined, op: string) => t([`op.${f?.kind}.${op}`, `op.${op}`], { defaultValue: op });
  const time = (text: string) => {
    const when = readWhen(text);
    if (when.kind === "away") return t(when.sign < 0 ? "when.ago" : "when.ahead", { span: t(`span.${when.unit}`, { count: when.n }) });
    if (when.kind === "period") return t(`period.${when.period}`, { defaultValue: text });
    const date = new Date(when.kind === "day" ? `${when.day}T12:00:00` : when.at);
    if (Number.isNaN(date.getTime())) return text;
    return new Intl.DateTimeFormat(i18n.language, when.kind === "day" ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" }).format(date);
  };
  const value = (f: FilterField | undefined, v: Scalar) => {
    if (f?.kind === "time") return time(String(v));
    if (typeof v === "boolean") return t(v ? "yes" : "no");
    if (typeof v === "number") return v.toLocaleString(i18n.language);
    return options(f).find((o) => o.value === v)?.label ?? v;
  };
  /** What may be chosen for a field. */
  const options = (f: FilterField | undefined): Option[] => {
    if (!f) return [];
    if (lookups[f.name]) return lookups[f.name] as Option[];
    return (f.options ?? []).map((o) => ({ value: o.value, label: t(`value.${f.name}.${o.value}`, { defaultValue: o.label }) }));
  };
  /** A condition in a few words, as a chip says it. */
  const sentence = (c: Condition) => {
    const f = fieldOf(fields, c);
    if (f?.kind === "flag") return c.value === false ? t("flagNot", { field: field(c) }) : field(c);
    const list = Array.isArray(c.value) ? c.value : c.value === undefined ? [] : [c.value];
    const said = list.map((v) => value(f, v));
    const shown = shapeOf(f, c.op) === "pair" ? said.join(" – ") : said.length > 2 ? t("andMore", { first: said.slice(0, 2).join(", "), count: said.length - 2 }) : said.join(", ");
    return [field(c), operator(f, c.op), shown].filter(Boolean).join(" ");
  };
  return { field, operator, options, sentence, t };
}
