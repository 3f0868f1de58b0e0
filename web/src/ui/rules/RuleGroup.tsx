import { FolderPlus, Plus, X } from "lucide-react";
import { useMemo, useRef } from "react";
import { type Condition, conditionsOf, type FilterGrammar, type FilterNode, fieldOf, type Group, groupOf, isCondition, type Mode, nodeOf, rootOf } from "@/lib/filters";
import { Button } from "../Button";
import { IconButton } from "../IconButton";
import { ConditionRow, firstOf } from "./ConditionRow";
import { Select } from "./Select";
import { type Lookups, useFilterWords } from "./words";

/** Stand for any attribute by key; those that have a name stand in the list themselves. */
const GENERIC: ReadonlySet<string> = new Set(["attribute", "contact_attribute"]);

interface Props {
  grammar: FilterGrammar;
  value: FilterNode;
  onChange: (next: FilterNode) => void;
  lookups: Lookups;
  /** What the server says is wrong, by the path of the node. */
  errors?: Record<string, string>;
}

/** A filter as one reads it: conditions in groups, each group all, any or none of its members. */
export function RuleGroup({ grammar, value, onChange, lookups, errors = {} }: Props) {
  const words = useFilterWords(grammar.fields, lookups);
  const root = rootOf(value);
  const frame = useRef<HTMLDivElement>(null);
  const full = conditionsOf(value).length >= grammar.limits.conditions;
  // Ids without a list to choose from stay where they are, and are not offered.
  const offered = useMemo(
    () => grammar.fields.filter((f) => (f.kind !== "reference" || lookups[f.name]) && !GENERIC.has(f.name) && (f.name !== "sub_status" || f.options?.length)),
    [grammar, lookups],
  );

  /** After adding, the focus is where one goes on; after removing, on what stands there now. */
  const focusLater = (path: string) =>
    requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`[data-node="${path}"] select, [data-node="${path}"] button`)?.focus());

  const draw = (group: Group, set: (next: Group) => void, path: string, depth: number, remove?: () => void) => {
    const change = (i: number, next: FilterNode) => set({ ...group, members: group.members.map((m, n) => (n === i ? next : m)) });
    const drop = (i: number) => {
      set({ ...group, members: group.members.filter((_, n) => n !== i) });
      focusLater(group.members.length > 1 ? `${path}.${Math.max(0, i - 1)}` : path);
    };
    const add = (node: FilterNode) => {
      set({ ...group, members: [...group.members, node] });
      focusLater(`${path}.${group.members.length}`);
    };
    const first = offered.find((f) => !conditionsOf(nodeOf(group)).some((c) => fieldOf(grammar.fields, c)?.name === f.name)) ?? offered[0];
    const fresh = (): Condition => (first ? firstOf(first) : { field: "", op: "" });
    return (
      <div
        key={path}
        role="group"
        aria-label={words.t(`mode.${group.mode}`)}
        data-node={path}
        className={depth ? "space-y-2 rounded-md border border-line bg-subtle p-2.5 max-md:p-2" : "space-y-2"}
      >
        <div className="flex items-center gap-2">
          <Select size="sm" className="w-28" aria-label={words.t("modeLabel")} value={group.mode} onChange={(e) => set({ ...group, mode: e.target.value as Mode })}>
            {(["all", "any", "none", "notAll"] as const)
              .filter((m) => m !== "notAll" || group.mode === m)
              .map((m) => (
                <option key={m} value={m}>
                  {words.t(`mode.${m}`)}
                </option>
              ))}
          </Select>
          <span className="flex-1" />
          {remove && (
            <IconButton label={words.t("removeGroup")} size="sm" onClick={remove}>
              <X />
            </IconButton>
          )}
        </div>
        {group.members.map((member, i) => {
          const here = `${path}.${i}`;
          const key = i;
          const inner = groupOf(member);
          if (inner && !isCondition(member))
            return (
              <div key={key}>
                {draw(
                  inner,
                  (next) => change(i, nodeOf(next)),
                  here,
                  depth + 1,
                  () => drop(i),
                )}
              </div>
            );
          return (
            <div key={key} data-node={here}>
              <ConditionRow
                grammar={grammar}
                offered={offered}
                words={words}
                value={member as Condition}
                onChange={(next) => change(i, next)}
                onRemove={() => drop(i)}
                error={errors[here]}
              />
            </div>
          );
        })}
        <div className="flex flex-wrap gap-1.5">
          <Button size="sm" variant="ghost" disabled={full} onClick={() => add(fresh())}>
            <Plus /> {words.t("addCondition")}
          </Button>
          {depth + 1 < grammar.limits.depth - 1 && (
            <Button size="sm" variant="ghost" disabled={full} onClick={() => add({ or: [fresh()] })}>
              <FolderPlus /> {words.t("addGroup")}
            </Button>
          )}
        </div>
      </div>
    );
  };
  return <div ref={frame}>{draw(root, (next) => onChange(nodeOf(next)), "0", 0)}</div>;
}

/** From the server's path of a wrong node (`filter.and.1.or.0.value`) to the builder's (`0.1.0`). */
export function builderPath(path: string): string {
  const numbers = path.split(".").filter((p) => /^\d+$/.test(p));
  return ["0", ...numbers].join(".");
}
