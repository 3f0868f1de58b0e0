import { afterEach, expect, it, vi } from "vitest";
import { hearOpened, takeOpened } from "./opened";

const worker = new EventTarget();
hearOpened(worker as unknown as ServiceWorkerContainer);
const click = (data: unknown) => worker.dispatchEvent(Object.assign(new Event("message"), { data }));

let off = () => {};
afterEach(() => off());

it("goes where the last click led that came before the pages were there", () => {
  click({ type: "open", path: "/inbox/a" });
  click({ type: "open", path: "/inbox/b" });
  const go = vi.fn();
  off = takeOpened(go);
  expect(go.mock.calls).toEqual([["/inbox/b"]]);
  click({ type: "open", path: "/inbox/c" });
  expect(go).toHaveBeenLastCalledWith("/inbox/c");
  off();
  // The frame is away while somebody signs in again, and goes on then.
  click({ type: "open", path: "/inbox/d" });
  expect(go).toHaveBeenCalledTimes(2);
  off = takeOpened(go);
  expect(go).toHaveBeenLastCalledWith("/inbox/d");
  off();
  off = takeOpened(go);
  expect(go).toHaveBeenCalledTimes(3);
});

it("follows nothing but an address of its own", () => {
  const go = vi.fn();
  off = takeOpened(go);
  for (const data of [null, "open", { type: "open" }, { type: "open", path: 7 }, { type: "open", path: "//other.example" }, { type: "close", path: "/inbox" }]) click(data);
  expect(go).not.toHaveBeenCalled();
});
