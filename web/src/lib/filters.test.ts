import { describe, expect, it } from "vitest";
import { both, canonical, complete, conditionsOf, type FilterField, type FilterNode, groupOf, holds, nodeOf, readWhen, rootOf, sameFilter } from "./filters";

const one = (name: string) => ({ name, takes: "one" as const });
const fields: FilterField[] = [
  { name: "priority", label: "Priority", kind: "choice", operators: [one("is"), { name: "any_of", takes: "many" }, one("at_least")] },
  { name: "created_at", label: "Created", kind: "time", operators: [one("before"), { name: "between", takes: "pair" }] },
  { name: "assignee", label: "Assignee", kind: "reference", operators: [one("is"), { name: "is_empty", takes: "nothing" }] },
  { name: "custom_attributes", label: "Attribute", kind: "attributes", operators: [one("is")] },
];
const high: FilterNode = { field: "priority", op: "is", value: "high" };
const nobody: FilterNode = { field: "assignee", op: "is_empty" };

describe("groups", () => {
  it("come back as they were", () => {
    for (const node of [{ and: [high] }, { or: [high, nobody] }, { not: { or: [high] } }, { not: { and: [high, nobody] } }] as FilterNode[]) {
      const group = groupOf(node);
      expect(group && nodeOf(group)).toEqual(node);
    }
    expect(rootOf(high)).toEqual({ mode: "all", members: [high] });
    expect(rootOf(undefined).members).toEqual([]);
    expect(groupOf({ not: high })).toEqual({ mode: "none", members: [high] });
  });
  it("are joined flat", () => {
    expect(both({ and: [high] }, nobody)).toEqual({ and: [high, nobody] });
    expect(both({}, undefined)).toEqual({ and: [] });
    expect(both({ or: [high, nobody] }, high)).toEqual({ and: [{ or: [high, nobody] }, high] });
  });
});

it("leaves out what is not finished", () => {
  const half: FilterNode = {
    and: [
      high,
      { field: "priority", op: "any_of", value: [] },
      { field: "created_at", op: "between", value: ["-3d", ""] },
      { field: "custom_attributes.", op: "is", value: "x" },
      { or: [{ field: "priority", op: "is", value: "" }] },
      { not: { or: [nobody] } },
    ],
  };
  expect(complete(fields, half)).toEqual({ and: [high, { not: { or: [nobody] } }] });
  expect(complete(fields, { and: [{ field: "nothing", op: "is", value: 1 }] })).toEqual({});
  expect(conditionsOf(half)).toHaveLength(6);
});

it("tells what is the same", () => {
  expect(sameFilter({ and: [high] }, high)).toBe(true);
  expect(sameFilter({ and: [{ or: [high] }] }, high)).toBe(true);
  expect(sameFilter({}, { and: [] })).toBe(true);
  expect(sameFilter({ and: [high, nobody] }, { or: [high, nobody] })).toBe(false);
  expect(sameFilter({ not: high }, high)).toBe(false);
  expect(canonical({ field: "priority", op: "is", value: "low" })).not.toBe(canonical(high));
});

it("reads times by their parts", () => {
  expect(readWhen("-3d")).toEqual({ kind: "away", sign: -1, n: 3, unit: "d" });
  expect(readWhen("+2mo")).toEqual({ kind: "away", sign: 1, n: 2, unit: "mo" });
  expect(readWhen("2026-11-21")).toEqual({ kind: "day", day: "2026-11-21" });
  expect(readWhen("this_week")).toEqual({ kind: "period", period: "this_week" });
  expect(readWhen("2026-11-21T10:00:00Z").kind).toBe("at");
});

it("says whether a row fits, and when only the server can tell", () => {
  const row: Record<string, unknown> = { priority: "high", assignee: "mem_1", tags: ["VIP", "Größe"], message_count: 3, subject: "Ünlike", waiting_since: null };
  const is = (node: FilterNode) => holds(node, (f) => row[f], "mem_1", { ranks: { priority: ["low", "normal", "high", "urgent"] } });
  const cases: [FilterNode, boolean | null][] = [
    [high, true],
    [nobody, false],
    [{ field: "assignee", op: "is", value: "me" }, true],
    [{ field: "assignee", op: "none_of", value: ["me"] }, false],
    [{ field: "priority", op: "at_least", value: "normal" }, true],
    [{ field: "priority", op: "at_least", value: "urgent" }, false],
    [{ field: "tags", op: "any_of", value: ["vip", "x"] }, true],
    [{ field: "tags", op: "all_of", value: ["vip", "grosse"] }, false],
    [{ field: "tags", op: "none_of", value: ["x"] }, true],
    [{ field: "message_count", op: "between", value: [1, 2] }, false],
    [{ field: "message_count", op: "at_most", value: 3 }, true],
    [{ field: "tags", op: "any_of", value: ["grösse"] }, false],
    [{ field: "subject", op: "contains", value: "UNLI" }, true],
    [{ field: "waiting_since", op: "is_empty" }, true],
    [{ field: "has_attachment", op: "is", value: true }, null],
    [{ or: [high, { field: "has_attachment", op: "is", value: true }] }, true],
    [{ and: [high, { field: "has_attachment", op: "is", value: true }] }, null],
    [{ and: [nobody, { field: "has_attachment", op: "is", value: true }] }, false],
    [{ not: { field: "has_attachment", op: "is", value: true } }, null],
    [{ not: nobody }, true],
    [{ field: "waiting_since", op: "before", value: "-3d" }, null],
    [{}, true],
  ];
  for (const [node, expected] of cases) expect(is(node), JSON.stringify(node)).toBe(expected);
});
