import { expect, it } from "vitest";
import type { Signature } from "@/api/types";
import { choicesOf, ending, written } from "./signature";

const words = (text: string) => ({ text, html: text && `<p>${text}</p>` });

it("a channel has the usual one, its own, or none", () => {
  const kept = { ...words("Mara"), off_channels: ["chn_c"], channels: [{ channel_id: "chn_b", ...words("M.") }], endings: [], updated_at: null } as Signature;
  expect(choicesOf(kept)).toEqual({ chn_b: "own", chn_c: "none" });
  expect(written(words("Mara"), choicesOf(kept), () => words("M."))).toEqual({
    ...words("Mara"),
    off_channels: ["chn_c"],
    channels: [{ channel_id: "chn_b", ...words("M.") }],
  });
});

it("one of its own that says nothing is none", () => {
  expect(written(words("Mara"), { a: "own", b: "usual" }, () => words(" "))).toEqual({ ...words("Mara"), off_channels: ["a"], channels: [] });
});

it("the writer's comes before the channel's, which is plain text", () => {
  expect(ending(words("Mara"), "A <b>\nline")).toBe("<div><p>Mara</p></div><br><div>-- <br>A &lt;b&gt;<br>line</div>");
  expect(ending(null, "")).toBe("");
});
