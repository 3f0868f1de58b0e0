import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { useSelection } from "./use-selection";

const of = (hook: { result: { current: ReturnType<typeof useSelection> } }) => [...hook.result.current.checked].sort();

it("ticks one by one and in a row", () => {
  const hook = renderHook(() => useSelection(["a", "b", "c", "d"]));
  act(() => hook.result.current.toggle("a"));
  act(() => hook.result.current.toggle("c", true));
  expect(of(hook)).toEqual(["a", "b", "c"]);
  act(() => hook.result.current.toggle("b"));
  expect(of(hook)).toEqual(["a", "c"]);
  act(() => hook.result.current.clear());
  expect(of(hook)).toEqual([]);
});

it("extends from the open one and gives back on the way back", () => {
  const hook = renderHook(() => useSelection(["a", "b", "c"]));
  act(() => void hook.result.current.extend(1, "a"));
  act(() => void hook.result.current.extend(1, "a"));
  expect(of(hook)).toEqual(["a", "b", "c"]);
  act(() => void hook.result.current.extend(-1, "a"));
  expect(of(hook)).toEqual(["a", "b"]);
});
