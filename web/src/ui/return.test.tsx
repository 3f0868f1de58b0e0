import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, expect, it } from "vitest";
import { Dialog } from "./Dialog";
import { Menu } from "./Menu";

beforeAll(() => Promise.all([import("./MenuParts"), import("./DialogPanel")]));
afterEach(cleanup);
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
// Nothing is laid out here; what is in the page is seen.
Element.prototype.getClientRects = () => [{}] as unknown as DOMRectList;

function Page({ gone }: { gone?: boolean }) {
  const [open, set] = useState(false);
  const [there, stay] = useState(true);
  return (
    <main id="main" tabIndex={-1}>
      {there && (
        <button type="button" onClick={() => set(true)}>
          Open
        </button>
      )}
      <Menu.Root>
        <Menu.Trigger>More</Menu.Trigger>
        <Menu.Content>
          <Menu.Item onSelect={() => set(true)}>From the menu</Menu.Item>
        </Menu.Content>
      </Menu.Root>
      {open && (
        <Dialog open onOpenChange={() => (gone && stay(false), set(false))} title="Dialog">
          <input aria-label="Name" autoFocus />
        </Dialog>
      )}
    </main>
  );
}
const focused = (element: () => Element | null) => waitFor(() => expect(document.activeElement).toBe(element()));

it("gives the focus back to what opened a dialog, also one with a field that takes it by itself", async () => {
  render(<Page />);
  const user = userEvent.setup();
  await user.click(screen.getByText("Open"));
  await focused(() => screen.getByLabelText("Name"));
  await user.keyboard("{Escape}");
  await focused(() => screen.getByText("Open"));
});

it("gives it back to the control of the menu that led there", async () => {
  render(<Page />);
  const user = userEvent.setup();
  screen.getByText("More").focus();
  await user.keyboard("{Enter}");
  await focused(() => screen.getByRole("menuitem"));
  await user.keyboard("{Enter}");
  await focused(() => screen.getByLabelText("Name"));
  await user.keyboard("{Escape}");
  await focused(() => screen.getByText("More"));
});

it("gives it to the page where what opened the dialog is gone", async () => {
  render(<Page gone />);
  const user = userEvent.setup();
  await user.click(screen.getByText("Open"));
  await focused(() => screen.getByLabelText("Name"));
  await user.keyboard("{Escape}");
  await focused(() => document.getElementById("main"));
});
