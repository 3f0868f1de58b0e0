import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { bus, useClaim } from "@/features/inbox/bus";
import { useGlobalKeys } from "./keyboard";

vi.mock("@tanstack/react-router", () => ({ useNavigate: () => vi.fn() }));
vi.mock("@/api/client", () => ({ useMe: () => ({ permissions: [] }) }));

const write = vi.fn();
const select = vi.fn();
let offs: (() => void)[] = [];
beforeEach(() => {
  document.execCommand = write;
  document.body.innerHTML = "<textarea></textarea>";
  offs = [bus.on("select", select)];
});
afterEach(() => {
  cleanup();
  for (const off of offs) off();
  vi.clearAllMocks();
});

const at = (event: Event, time: number) => Object.defineProperty(event, "timeStamp", { value: time });
const press = (key: string, time: number) => window.dispatchEvent(at(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }), time));
/** A field takes the focus, now. */
const arrive = async () => {
  (document.querySelector("textarea") as HTMLTextAreaElement).focus();
  await new Promise((done) => setTimeout(done));
};
const open = (path: string) => {
  history.pushState(null, "", path);
  renderHook(() => useGlobalKeys(() => {}));
};

it("writes what was typed ahead into the field that it was meant for", async () => {
  open("/inbox/cnv_1");
  const now = new Event("now").timeStamp;
  press("r", now);
  press("h", now + 100);
  press("i", now + 200);
  await arrive();
  expect(write.mock.calls).toEqual([["insertText", false, "hi"]]);
});

it("forgets what was typed ahead once its time has passed", async () => {
  open("/inbox/cnv_1");
  const now = new Event("now").timeStamp;
  press("r", now - 60_000);
  press("h", now - 59_000);
  await arrive();
  expect(write).not.toHaveBeenCalled();
});

it("takes keys as keys again once a dialog without a field was left", () => {
  open("/inbox/cnv_1");
  const dialog = (e: KeyboardEvent) => e.key === "Escape" && e.preventDefault();
  document.addEventListener("keydown", dialog, true);
  offs.push(() => document.removeEventListener("keydown", dialog, true));
  press("n", 1000);
  document.body.dispatchEvent(at(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }), 1500));
  press("x", 1800);
  expect(select).toHaveBeenCalledTimes(1);
});

it("goes on taking keys as keys where a box can open for nothing", () => {
  open("/inbox");
  // The list listens too, to show the details where a conversation is open.
  offs.push(bus.on("tags", () => {}));
  for (const key of ["l", "a", "s", "p", "f"]) {
    press(key, 1000);
    press("x", 1100);
    expect(select, key).toHaveBeenCalledTimes(1);
    select.mockClear();
  }
  history.pushState(null, "", "/inbox/cnv_1");
  // It is still loading: nobody is there who could open it.
  press("a", 2000);
  press("x", 2100);
  expect(select).toHaveBeenCalledTimes(1);
});

it("keeps letters for the box that opens, for a conversation or for what is ticked", () => {
  open("/inbox/cnv_1");
  offs.push(bus.on("assign", () => {}));
  press("a", 1000);
  press("x", 1100);
  expect(select).not.toHaveBeenCalled();
  // Not for longer than it takes to open.
  press("x", 3000);
  expect(select).toHaveBeenCalledTimes(1);
  select.mockClear();
  history.pushState(null, "", "/inbox");
  renderHook(() => useClaim("snooze", () => true));
  press("s", 4000);
  press("x", 4100);
  expect(select).not.toHaveBeenCalled();
});
