import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18n from "i18next";
import { useState } from "react";
import { initReactI18next } from "react-i18next";
import { beforeAll, expect, it, vi } from "vitest";
import common from "@/i18n/en/common.json";
import words from "@/i18n/en/filters.json";
import type { FilterGrammar, FilterNode } from "@/lib/filters";
import { builderPath, RuleGroup } from "./RuleGroup";

// What opens is loaded beforehand: how long that takes is not what is tested.
beforeAll(() => import("../PopoverPanel"));
beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { common, filters: words } }, interpolation: { escapeValue: false } }));

const one = (...names: string[]) => names.map((name) => ({ name, takes: "one" as const }));
const grammar: FilterGrammar = {
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
    { name: "contact_id", label: "Contact", kind: "reference", reference: "contact", operators: one("is") },
  ],
  periods: ["now", "today", "this_week"],
  units: ["m", "h", "d"],
  limits: { depth: 6, conditions: 60, values: 100, text: 200 },
};

interface HostProps {
  start: FilterNode;
  errors?: Record<string, string>;
  changed: (next: FilterNode) => void;
}
function Host({ start, errors, changed }: HostProps) {
  const [value, set] = useState(start);
  return (
    <RuleGroup
      grammar={grammar}
      value={value}
      onChange={(next) => {
        changed(next);
        set(next);
      }}
      lookups={{ assignee: [{ value: "me", label: "Me" }] }}
      errors={errors}
    />
  );
}
/** Gives what the filter is now. */
function show(start: FilterNode, errors?: Record<string, string>) {
  const changed = vi.fn();
  render(<Host start={start} errors={errors} changed={changed} />);
  return () => changed.mock.lastCall?.[0];
}

it("is built by keyboard, from nothing to a nested filter", { timeout: 30_000 }, async () => {
  const user = userEvent.setup();
  const now = show({});
  await user.click(screen.getByRole("button", { name: "Condition" }));
  expect(now()).toEqual({ and: [{ field: "priority", op: "is", value: "" }] });
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Field")));
  await user.selectOptions(screen.getByLabelText("How Priority is compared"), "at_least");
  await user.selectOptions(screen.getByLabelText("Priority"), "high");
  expect(now()).toEqual({ and: [{ field: "priority", op: "at_least", value: "high" }] });
  await user.click(screen.getByRole("button", { name: "Group" }));
  const inner = screen.getByRole("group", { name: "Any of" });
  await user.selectOptions(within(inner).getByLabelText("Field"), "created_at");
  expect(now().and[1]).toEqual({ or: [{ field: "created_at", op: "before", value: "-3d" }] });
  await user.clear(within(inner).getByLabelText("How many"));
  await user.type(within(inner).getByLabelText("How many"), "5");
  await user.selectOptions(within(inner).getByLabelText("Unit"), "h");
  expect(now().and[1].or[0].value).toBe("-5h");
  await user.selectOptions(within(inner).getByLabelText("How Created is compared"), "on");
  expect(now().and[1].or[0].value).toBe("today");
  await user.selectOptions(within(inner).getByLabelText("How the conditions go together"), "none");
  expect(now().and[1]).toEqual({ not: { or: [{ field: "created_at", op: "on", value: "today" }] } });
  await user.click(screen.getByRole("button", { name: /^Remove: Priority is at least High/ }));
  expect(now().and).toHaveLength(1);
});

it("keeps what fits when the operator changes, and asks for nothing where nothing is asked", { timeout: 30_000 }, async () => {
  const user = userEvent.setup();
  const now = show({
    and: [
      { field: "priority", op: "is", value: "high" },
      { field: "assignee", op: "is", value: "me" },
    ],
  });
  await user.selectOptions(screen.getByLabelText("How Priority is compared"), "any_of");
  expect(now().and[0]).toEqual({ field: "priority", op: "any_of", value: ["high"] });
  await user.selectOptions(screen.getByLabelText("How Assignee is compared"), "is_empty");
  expect(now().and[1]).toEqual({ field: "assignee", op: "is_empty" });
  // An id that nobody can choose from a list is not offered.
  expect(within(screen.getAllByLabelText("Field")[0] as HTMLElement).queryByRole("option", { name: "Contact" })).toBeNull();
});

it("shows what the server says beside the condition it says it of", () => {
  show(
    { and: [{ field: "priority", op: "is", value: "low" }, { or: [{ field: "priority", op: "is", value: "high" }] }] },
    { [builderPath("filters.it.and.1.or.0.value")]: "Not this one." },
  );
  expect(screen.getByRole("alert").textContent).toBe("Not this one.");
  expect(screen.getByRole("alert").closest("[data-node]")?.getAttribute("data-node")).toBe("0.1.0");
});
