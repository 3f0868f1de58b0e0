import { describe, expect, it } from "vitest";
import { headersOf } from "./headers";

describe("headers of a mail", () => {
  it("are unfolded and end at the empty line", () => {
    expect(headersOf("From: Anna <a@b.example>\r\nReceived: one\r\n\ttwo\r\n\r\nBody: not one")).toEqual([
      ["From", "Anna <a@b.example>"],
      ["Received", "one two"],
    ]);
  });

  it("are none of what is no mail", () => {
    expect(headersOf('{"text": "hello"}')).toBe(null);
    expect(headersOf("")).toBe(null);
    expect(headersOf(" folded: from nothing")).toBe(null);
  });
});
