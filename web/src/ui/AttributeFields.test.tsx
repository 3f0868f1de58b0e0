import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { AttributeDefinition } from "@/api/types";
import attributes from "@/i18n/en/attributes.json";
import { AttributeField } from "./AttributeFields";

beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { attributes } } }));
afterEach(cleanup);

const list = { id: "1", key: "product", name: "Product", kind: "list", options: ["Lamp", "Chair", "Table"] } as unknown as AttributeDefinition;
const box = { id: "2", key: "gift", name: "Gift", kind: "checkbox", options: [] } as unknown as AttributeDefinition;

async function editing() {
  const save = vi.fn(async () => {});
  render(<AttributeField definition={list} value="Lamp" onSave={save} />);
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: /Product/ }));
  return { save, user, field: screen.getByRole("combobox", { name: "Product" }) };
}
/** What a browser does when an arrow is pressed on a closed list. */
const arrow = (field: HTMLElement, value: string) => {
  fireEvent.keyDown(field, { key: "ArrowDown" });
  fireEvent.change(field, { target: { value } });
};

test("a list keeps what the arrows stop at, once, and not what they pass", async () => {
  const { save, user, field } = await editing();
  arrow(field, "Chair");
  arrow(field, "Table");
  expect(save).not.toHaveBeenCalled();
  await user.keyboard("{Enter}");
  expect(save.mock.calls).toEqual([["Table"]]);
});

test("a list keeps what was chosen by arrow when it is left, and nothing after Escape", async () => {
  const { save, user, field } = await editing();
  arrow(field, "Chair");
  await user.tab();
  expect(save.mock.calls).toEqual([["Chair"]]);
  cleanup();
  const again = await editing();
  arrow(again.field, "Chair");
  await again.user.keyboard("{Escape}");
  expect(again.save).not.toHaveBeenCalled();
  expect(screen.queryByRole("combobox")).toBeNull();
});

test("a list keeps at once what is picked with the pointer", async () => {
  const { save, field } = await editing();
  arrow(field, "Chair");
  fireEvent.pointerDown(field);
  fireEvent.change(field, { target: { value: "Table" } });
  expect(save.mock.calls).toEqual([["Table"]]);
});

test("a checkbox that nobody answered asks for Yes or No, and is a switch from then on", async () => {
  const save = vi.fn(async () => {});
  const { rerender } = render(<AttributeField definition={box} value={undefined} onSave={save} />);
  expect(screen.queryByRole("switch")).toBeNull();
  screen.getByRole("group", { name: "Gift" });
  await userEvent.click(screen.getByRole("button", { name: "No" }));
  expect(save.mock.calls).toEqual([[false]]);
  rerender(<AttributeField definition={box} value={false} onSave={save} />);
  expect(screen.getByRole("switch", { name: "Gift" }).getAttribute("aria-checked")).toBe("false");
  expect(document.activeElement).toBe(screen.getByRole("switch"));
  rerender(<AttributeField definition={box} value={null} onSave={save} readOnly />);
  expect(screen.queryByRole("button")).toBeNull();
});
