import { expect, it } from "vitest";
import { checkText, conversion, fitFiles, remaining } from "./limits";

const limits = {
  text_chars: 10,
  attachments: 2,
  attachment_bytes: 100,
  inbound_bytes: 0,
  sends_per_second: 1,
  burst: 1,
  caption_chars: 100,
  media: [],
  convert: [
    { from: "image/", to: "image/jpeg", over: 100 },
    { from: "image/webp", to: "image/jpeg", over: 0 },
  ],
  pair_burst: 1,
  pair_interval_ms: 0,
  sms_parts: false,
  button_chars: 20,
  button_text_chars: 0,
  text_bytes: 0,
};
const file = (name: string, size: number) => ({ name, size });

it("counts whole characters", () => {
  expect(checkText("😀".repeat(10), limits)).toBeNull();
  expect(checkText("😀".repeat(12), limits)).toEqual({ kind: "text", over: 2, limit: 10 });
});

it("keeps the files that fit and says why another does not", () => {
  const big = fitFiles([file("a", 50), file("b", 101), file("c", 100)], 0, limits);
  expect(big.fit.map((f) => f.name)).toEqual(["a", "c"]);
  expect(big.breach).toEqual({ kind: "size", name: "b", limit: 100 });
  const many = fitFiles([file("a", 1), file("b", 1)], 1, limits);
  expect(many.fit).toHaveLength(1);
  expect(many.breach).toEqual({ kind: "count", limit: 2 });
});

it("takes what is made smaller before it leaves", () => {
  const picture = { name: "a.png", size: 20_000_000, type: "image/png" };
  expect(fitFiles([picture], 0, limits).fit).toHaveLength(1);
  expect(fitFiles([{ ...picture, size: 25_000_001 }], 0, limits).breach).toEqual({ kind: "size", name: "a.png", limit: 25_000_000 });
  const own = { ...limits, media: [{ prefix: "video/", bytes: 50 }] };
  expect(fitFiles([{ name: "b.mp4", size: 60, type: "video/mp4" }], 0, own).breach).toEqual({ kind: "size", name: "b.mp4", limit: 50 });
});

it("shows the counter only near the end", () => {
  expect(remaining("", limits)).toBeNull();
  expect(remaining("123456789", limits)).toBe(1);
  expect(remaining("123456789012", limits)).toBe(-2);
});

it("says what a file becomes before it leaves", () => {
  expect(conversion("image/webp", 1, limits)).toBe("image/jpeg");
  expect(conversion("image/png", 100, limits)).toBeNull();
  expect(conversion("image/png", 101, limits)).toBe("image/jpeg");
  expect(conversion("text/plain", 101, limits)).toBeNull();
});
