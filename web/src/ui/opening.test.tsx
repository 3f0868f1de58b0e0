import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Menu } from "./Menu";
import { Popover } from "./Popover";
import { Tip } from "./Tip";
import TipLayer from "./TipLayer";

// Loaded beforehand: how long that takes is not what is tested.
beforeAll(() => Promise.all([import("./MenuParts"), import("./PopoverPanel")]));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

function Actions({ picked }: { picked: () => void }) {
  return (
    <>
      <Menu.Root>
        <Menu.Trigger>More</Menu.Trigger>
        <Menu.Content>
          <Menu.Item onSelect={picked}>First</Menu.Item>
          <Menu.Item>Second</Menu.Item>
        </Menu.Content>
      </Menu.Root>
      <button type="button">Elsewhere</button>
    </>
  );
}

test("a menu opened with a key begins with its first entry, and gives the focus back when it closes", async () => {
  const picked = vi.fn();
  render(<Actions picked={picked} />);
  const user = userEvent.setup();
  const control = screen.getByRole("button", { name: "More" });
  expect(control.getAttribute("aria-expanded")).toBe("false");
  control.focus();
  await user.keyboard("{Enter}");
  const first = await screen.findByRole("menuitem", { name: "First" });
  await waitFor(() => expect(document.activeElement).toBe(first));
  expect(control.getAttribute("aria-expanded")).toBe("true");
  expect(screen.getByRole("menu").getAttribute("aria-labelledby")).toBe(control.id);
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(control));
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect(document.activeElement?.textContent).toBe("First"));
  await user.keyboard("{Enter}");
  expect(picked).toHaveBeenCalledOnce();
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
});

test("a menu closes by a second press on its control", async () => {
  render(<Actions picked={() => {}} />);
  const control = screen.getByRole("button", { name: "More" });
  fireEvent.pointerDown(control, { button: 0 });
  await screen.findByRole("menu");
  fireEvent.pointerDown(control, { button: 0 });
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
});

test("a box opens and closes by its control, and closes by the Escape key", async () => {
  const told: boolean[] = [];
  render(
    <Popover.Root onOpenChange={(to) => told.push(to)}>
      <Popover.Trigger>Colour</Popover.Trigger>
      <Popover.Content aria-label="Colours">
        <input aria-label="Name" />
      </Popover.Content>
    </Popover.Root>,
  );
  const user = userEvent.setup();
  const control = screen.getByRole("button", { name: "Colour" });
  await user.click(control);
  await screen.findByRole("dialog", { name: "Colours" });
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Name")));
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(control));
  await user.click(control);
  await screen.findByRole("dialog");
  await user.click(control);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(told).toEqual([true, false, true, false]);
});

test("a hint comes after a moment, describes its control, and leaves with it", () => {
  vi.useFakeTimers();
  const page = (shown: boolean) => (
    <>
      {shown && (
        <Tip label="Archive it" keys="e">
          <button type="button">A</button>
        </Tip>
      )}
      <TipLayer />
    </>
  );
  const { rerender } = render(page(true));
  const control = screen.getByRole("button");
  fireEvent.pointerEnter(control);
  expect(screen.queryByRole("tooltip")).toBeNull();
  fireEvent.pointerLeave(control);
  vi.advanceTimersByTime(1000);
  expect(screen.queryByRole("tooltip")).toBeNull();
  fireEvent.pointerEnter(control);
  vi.advanceTimersByTime(400);
  rerender(page(true));
  const hint = screen.getByRole("tooltip");
  expect(hint.textContent).toContain("Archive it");
  expect(control.getAttribute("aria-describedby")).toBe(hint.id);
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(screen.queryByRole("tooltip")).toBeNull();
  expect(control.hasAttribute("aria-describedby")).toBe(false);
  fireEvent.pointerLeave(control);
  fireEvent.pointerEnter(control);
  vi.advanceTimersByTime(400);
  rerender(page(true));
  screen.getByRole("tooltip");
  rerender(page(false));
  expect(screen.queryByRole("tooltip")).toBeNull();
});
