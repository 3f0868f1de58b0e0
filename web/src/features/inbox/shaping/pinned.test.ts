import { expect, it } from "vitest";
import type { Message } from "@/api/types";
import { pinnedOf } from "./use-shaping";

const note = (id: string, pinned_at: string | null, is_note = true) => ({ id, pinned_at, is_note }) as Message;

it("shows pinned notes as they are now, last pinned first", () => {
  const first = [note("a", "2026-01-01"), note("b", "2026-01-02")];
  expect(pinnedOf(first, []).map((m) => m.id)).toEqual(["b", "a"]);
  expect(pinnedOf(first, [note("a", null), note("c", "2026-01-03"), note("d", null)]).map((m) => m.id)).toEqual(["c", "b"]);
});
