import { expect, it, vi } from "vitest";
import { clear, isWriting, setUploads, useWriting, write, written } from "./state";

it("keeps the text of each conversation apart", () => {
  write("cnv_a", { text: "for a" });
  write("cnv_b", { text: "for b", is_note: true });
  expect(written("cnv_a")).toMatchObject({ text: "for a", is_note: false });
  expect(written("cnv_b")).toMatchObject({ text: "for b", is_note: true });
  expect(written("cnv_a").key).not.toBe(written("cnv_b").key);
});

it("stays empty after sending, in the same mode, and stops what was still uploading", () => {
  const stop = vi.fn();
  write("cnv_a", { text: "done", is_note: true });
  setUploads("cnv_a", () => [{ key: "u", name: "a.pdf", part: 0, error: null, stop }]);
  clear("cnv_a");
  expect(stop).toHaveBeenCalled();
  expect(isWriting("cnv_a")).toBe(false);
  expect(useWriting.getState().texts.cnv_a).toMatchObject({ text: "", key: null, is_note: true });
});
