import { afterEach, expect, it } from "vitest";
import { along, physical } from "./sides";

afterEach(() => document.documentElement.removeAttribute("dir"));

it("turns around with the page", () => {
  expect([physical("start"), physical("end"), physical("top"), physical(undefined)]).toEqual(["left", "right", "top", undefined]);
  expect([along("ArrowRight"), along("ArrowLeft"), along("Enter")]).toEqual(["on", "back", null]);
  document.documentElement.dir = "rtl";
  expect([physical("start"), physical("end"), physical("bottom")]).toEqual(["right", "left", "bottom"]);
  expect([along("ArrowRight"), along("ArrowLeft"), along("ArrowUp")]).toEqual(["back", "on", null]);
});
