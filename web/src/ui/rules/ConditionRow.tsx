import { X } from "lucide-react";
import { type Condition, type FilterField, type FilterGrammar, fieldOf, isComplete, type Scalar, shapeOf } from "@/lib/filters";
import { IconButton } from "../IconButton";
import { Picker } from "./Picker";
import { Select } from "./Select";
import { WhenField } from "./WhenField";
import type { useFilterWords } from "./words";

const edge = "h-8 w-full min-w-0 rounded-sm border border-line-control bg-raised px-2 text-sm max-md:h-11 max-md:text-[16px]";

interface Props {
  grammar: FilterGrammar;
  /** Those that can be chosen here. */
  offered: FilterField[];
  words: ReturnType<typeof useFilterWords>;
  value: Condition;
  onChange: (next: Condition) => void;
  onRemove: () => void;
  /** What the server says is wrong with it. */
  error?: string;
}

/** A condition to begin a field with. */
export function firstOf(field: FilterField): Condition {
  const op = field.operators[0]?.name ?? "is";
  const name = field.kind === "attributes" ? `${field.name}.` : field.name;
  return { field: name, op, ...startOf(field, op) };
}
function startOf(field: FilterField, op: string): { value?: Scalar | Scalar[] } {
  const takes = shapeOf(field, op);
  if (takes === "nothing") return {};
  if (takes === "many") return { value: [] };
  if (takes === "pair") return { value: field.kind === "time" ? ["-7d", "now"] : ["", ""] };
  if (field.kind === "flag") return { value: true };
  if (field.kind === "time") return { value: op === "on" ? "today" : "-3d" };
  return { value: "" };
}

/** Field, operator and value in one line; on a phone below each other. */
export function ConditionRow({ grammar, offered, words, value: c, onChange, onRemove, error }: Props) {
  const field = fieldOf(grammar.fields, c);
  const takes = shapeOf(field, c.op);
  const { t } = words;
  const list: Scalar[] = Array.isArray(c.value) ? c.value : c.value === undefined ? [] : [c.value];
  const label = words.field(c);
  const put = (value: Scalar | Scalar[]) => onChange({ ...c, value });

  const toOperator = (op: string) => {
    const next = shapeOf(field, op);
    if (!field || next === "nothing") return onChange({ field: c.field, op });
    const fits = next === takes && !(field.kind === "time" && (op === "on") !== (c.op === "on"));
    if (fits) return onChange({ ...c, op });
    // What has been chosen already stays, as far as it fits.
    const [first] = list;
    if (next === "many" && first !== undefined && first !== "") return onChange({ field: c.field, op, value: [first] });
    if (next === "one" && takes === "many" && first !== undefined) return onChange({ field: c.field, op, value: first });
    onChange({ field: c.field, op, ...startOf(field, op) });
  };

  const one = (v: Scalar | undefined, set: (v: Scalar) => void, name: string) => {
    if (!field) return null;
    if (field.kind === "time") return <WhenField label={name} value={String(v ?? "")} onChange={set} periods={grammar.periods} units={grammar.units} ranges={c.op === "on"} />;
    if (field.kind === "flag")
      return (
        <Select className="w-full" aria-label={name} value={String(v)} onChange={(e) => set(e.target.value === "true")}>
          <option value="true">{t("yes")}</option>
          <option value="false">{t("no")}</option>
        </Select>
      );
    if (field.kind === "choice" || field.kind === "reference") {
      const options = words.options(field);
      return (
        <Select className="w-full" aria-label={name} value={String(v ?? "")} onChange={(e) => set(e.target.value)}>
          {!options.some((o) => o.value === v) && <option value={String(v ?? "")}>{v ? String(v) : t("choose")}</option>}
          {options.map((o) => (
            <option key={o.value} value={o.value}>
              {o.label}
            </option>
          ))}
        </Select>
      );
    }
    const numeric = field.kind === "number" || (field.kind === "attributes" && c.op.startsWith("at_"));
    return (
      <input
        aria-label={name}
        className={edge}
        type={numeric ? "number" : "text"}
        maxLength={grammar.limits.text}
        value={typeof v === "boolean" ? String(v) : Number.isNaN(v) ? "" : (v ?? "")}
        placeholder={numeric ? "0" : t("text")}
        onChange={(e) => set(numeric ? e.target.valueAsNumber : e.target.value)}
      />
    );
  };

  const editor =
    takes === "many" ? (
      <Picker
        label={label}
        options={words.options(field)}
        values={list.map(String)}
        onChange={put}
        empty={t("nothingFound")}
        placeholder={t("choose")}
        create={field?.kind === "tags" ? (name) => name : undefined}
      />
    ) : takes === "pair" ? (
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5">
        {one(list[0], (v) => put([v, list[1] ?? ""]), t("from", { field: label }))}
        <span className="text-xs text-ink-3">{t("and")}</span>
        {one(list[1], (v) => put([list[0] ?? "", v]), t("to", { field: label }))}
      </div>
    ) : takes === "one" ? (
      one(list[0], put, label)
    ) : null;

  const own = field?.kind === "attributes" ? c.field.slice(field.name.length + 1) : "";
  return (
    <div role="group" aria-label={words.sentence(c)} className="flex items-start gap-1.5">
      <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,10rem)_minmax(0,9rem)_minmax(0,1fr)] gap-1.5 max-[559px]:grid-cols-2">
        <div className="min-w-0 space-y-1.5">
          <Select
            aria-label={t("fieldLabel")}
            value={field?.name ?? ""}
            onChange={(e) => {
              const next = grammar.fields.find((f) => f.name === e.target.value);
              if (next) onChange(firstOf(next));
            }}
          >
            {!field && <option value="">{c.field}</option>}
            {offered.map((f) => (
              <option key={f.name} value={f.name}>
                {t(`field.${f.name}`, { defaultValue: f.label })}
              </option>
            ))}
          </Select>
          {field?.kind === "attributes" && (
            <input
              aria-label={t("attributeName")}
              className={edge}
              value={own}
              maxLength={100}
              placeholder={t("attributeName")}
              onChange={(e) => onChange({ ...c, field: `${field.name}.${e.target.value}` })}
            />
          )}
        </div>
        <Select aria-label={t("operatorLabel", { field: label })} value={c.op} onChange={(e) => toOperator(e.target.value)}>
          {field?.operators.map((o) => (
            <option key={o.name} value={o.name}>
              {words.operator(field, o.name)}
            </option>
          ))}
        </Select>
        <div className="flex min-w-0 max-[559px]:col-span-2">{editor}</div>
        {error && (
          <p role="alert" className="col-span-full text-xs font-medium text-bad">
            {error}
          </p>
        )}
        {!error && !isComplete(grammar.fields, c) && <p className="sr-only">{t("unfinished")}</p>}
      </div>
      <IconButton label={t("removeCondition", { condition: words.sentence(c) })} size="sm" onClick={onRemove} className="mt-0.5 shrink-0">
        <X />
      </IconButton>
    </div>
  );
}
