import { expect, it, vi } from "vitest";
import { listenForOpened, whenOpened } from "./opened";

const worker = new EventTarget();
vi.stubGlobal("navigator", { serviceWorker: worker });
const click = (data: unknown) => worker.dispatchEvent(Object.assign(new Event("message"), { data }));

it("follows a click that came while nothing was there yet, once, and those that come later", () => {
  listenForOpened();
  click({ type: "open", path: "/inbox/cnv_1" });
  click({ type: "open", path: "https://elsewhere.example" });
  click({ type: "other", path: "/settings" });
  const went: string[] = [];
  const leave = whenOpened((path) => went.push(path));
  expect(went).toEqual(["/inbox/cnv_1"]);
  click({ type: "open", path: "/inbox/cnv_2" });
  leave();
  click({ type: "open", path: "/inbox/cnv_3" });
  const again: string[] = [];
  whenOpened((path) => again.push(path));
  expect(went).toEqual(["/inbox/cnv_1", "/inbox/cnv_2"]);
  expect(again).toEqual(["/inbox/cnv_3"]);
});

it("begins to listen before anything else is loaded", async () => {
  const main = (await import("@/app/main.tsx?raw")).default as string;
  expect(main).toMatch(/^listenForOpened\(\);$/m);
  expect(main.indexOf("listenForOpened();")).toBeLessThan(main.indexOf("createRoot("));
});
