import type { FilterGrammar, FilterNode } from "@/lib/filters";

const one = (...names: string[]) => names.map((name) => ({ name, takes: "one" as const }));

export const grammar: FilterGrammar = {
  of: "conversations",
  fields: [
    {
      name: "priority",
      label: "Priority",
      kind: "choice",
      operators: [...one("is", "at_least"), { name: "any_of", takes: "many" }],
      options: [
        { value: "low", label: "Low" },
        { value: "high", label: "High" },
      ],
    },
    { name: "created_at", label: "Created", kind: "time", operators: one("before", "on") },
    { name: "assignee", label: "Assignee", kind: "reference", reference: "member", operators: [...one("is"), { name: "is_empty", takes: "nothing" }] },
  ],
  periods: ["now", "today", "this_week"],
  units: ["m", "h", "d"],
  limits: { depth: 6, conditions: 60, values: 100, text: 200 },
};

export const filter = {
  and: [
    { field: "priority", op: "at_least", value: "high" },
    {
      or: [
        { field: "assignee", op: "is", value: "me" },
        { field: "created_at", op: "before", value: "-3d" },
      ],
    },
  ],
} as unknown as FilterNode;
