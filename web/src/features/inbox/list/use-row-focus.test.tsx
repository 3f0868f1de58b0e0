import { act, renderHook } from "@testing-library/react";
import { beforeAll, expect, it, vi } from "vitest";
import { heir, useRowFocus } from "./use-row-focus";

beforeAll(() => vi.stubGlobal("CSS", { escape: (text: string) => text }));

it("names the row that comes after those that leave, or before at the end", () => {
  const ids = ["a", "b", "c", "d"];
  expect(heir(ids, new Set(["b"]))).toBe("c");
  expect(heir(ids, new Set(["a", "c"]))).toBe("d");
  expect(heir(ids, new Set(["c", "d"]))).toBe("b");
  expect(heir(ids, new Set(ids))).toBeUndefined();
});

it("focuses a row at once, or when it is drawn", () => {
  const box = document.createElement("div");
  document.body.append(box);
  box.innerHTML = '<a href="/a" data-row="a">A</a>';
  const hook = renderHook(() => useRowFocus({ current: box }));
  act(() => hook.result.current("a"));
  expect(document.activeElement?.textContent).toBe("A");
  act(() => hook.result.current("b"));
  box.innerHTML += '<a href="/b" data-row="b">B</a>';
  hook.rerender();
  expect(document.activeElement?.textContent).toBe("B");
});
