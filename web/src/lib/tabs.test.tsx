import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, it } from "vitest";
import { alongTabs } from "./tabs";

afterEach(cleanup);

function Tabs({ dir }: { dir?: string }) {
  const [on, turn] = useState("One");
  return (
    <div role="tablist" onKeyDown={alongTabs} style={{ direction: dir as "rtl" | undefined }}>
      {["One", "Two", "Three"].map((name) => (
        <button key={name} type="button" role="tab" aria-selected={on === name} tabIndex={on === name ? 0 : -1} onClick={() => turn(name)}>
          {name}
        </button>
      ))}
    </div>
  );
}
const on = () => screen.getByRole("tab", { selected: true }).textContent;
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement as Element, { key, ...more });

it("moves and chooses by arrows, around the ends, and to both ends", () => {
  render(<Tabs />);
  screen.getByText("One").focus();
  press("ArrowRight");
  expect([on(), document.activeElement?.textContent]).toEqual(["Two", "Two"]);
  press("End");
  press("ArrowRight");
  expect(on()).toBe("One");
  press("ArrowLeft");
  expect(on()).toBe("Three");
  press("Home");
  expect(on()).toBe("One");
});

it("leaves other keys alone, and goes the other way from right to left", () => {
  render(<Tabs dir="rtl" />);
  screen.getByText("One").focus();
  press("ArrowRight", { altKey: true });
  press("a");
  expect(on()).toBe("One");
  press("ArrowLeft");
  expect(on()).toBe("Two");
});
