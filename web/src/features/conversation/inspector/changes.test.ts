import { expect, it } from "vitest";
import type { InspectedChange } from "@/api/types";
import { fieldsOf } from "./changes";

const nothing = { tags_added: [], tags_removed: [], changed: [], attributes: [] } as unknown as InspectedChange;

it("says of each field what it was and what it is", () => {
  expect(fieldsOf(nothing, "en")).toEqual([]);
  expect(fieldsOf({ ...nothing, status_before: "open", status: "resolved" }, "en")).toEqual([{ field: "status", before: "open", after: "resolved", word: "status" }]);
  expect(fieldsOf({ ...nothing, assignee_before_name: "Bob" }, "en")).toEqual([{ field: "assignee", before: "Bob", after: null, word: undefined }]);
  expect(fieldsOf({ ...nothing, tags_added: ["vip"], tags_removed: ["new", "bug"] }, "en")[0]).toMatchObject({ before: "new, bug", after: "vip" });
});

it("names what changed once", () => {
  const fields = fieldsOf({ ...nothing, changed: ["priority", "subject"], priority: "high" }, "en");
  expect(fields.map((f) => [f.field, f.after])).toEqual([
    ["priority", "high"],
    ["changed", "subject"],
  ]);
});
