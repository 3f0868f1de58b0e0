import type { InspectedChange } from "@/api/types";

/** One field of an event: what it was, and what it is. */
export interface Field {
  field: "status" | "assignee" | "team" | "tags" | "priority" | "subStatus" | "other" | "changed" | "attributes" | "because" | "how" | "snoozed";
  before: string | null;
  after: string | null;
  /** Its values are words, translated under this name. */
  word?: "status" | "priority" | "how" | "because" | "changed";
}

/** What an event changed, field by field; nothing of what it did not touch. */
export function fieldsOf(c: InspectedChange, language: string): Field[] {
  const rows: Field[] = [];
  const say = (field: Field["field"], before: string | null | undefined, after: string | null | undefined, word?: Field["word"]) => {
    if (before || after) rows.push({ field, before: before ?? null, after: after ?? null, word });
  };
  say("status", c.status_before, c.status, "status");
  say("assignee", c.assignee_before_name, c.assignee_name);
  say("team", c.team_before_name, c.team_name);
  say("tags", c.tags_removed.join(", "), c.tags_added.join(", "));
  say("priority", null, c.priority, "priority");
  say("subStatus", c.sub_status_before, c.sub_status);
  say("snoozed", null, c.snoozed_until && new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(c.snoozed_until)));
  say("attributes", null, c.attributes.join(", "));
  for (const name of c.changed.filter((n) => !["priority", "custom_attributes", "sub_status"].includes(n))) say("changed", null, name, "changed");
  say("other", null, c.other_number ? `#${c.other_number}` : null);
  say("how", null, c.how, "how");
  say("because", null, c.because, "because");
  return rows;
}
