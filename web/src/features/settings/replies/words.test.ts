import { afterEach, expect, it } from "vitest";
import { written } from "@/features/inbox/composer/state";
import { fill, forget, otherWords, plainOf } from "./words";

afterEach(() => forget("w"));
const file = (id: string) => ({ id, name: id, content_type: "image/png", size_bytes: 1, thumbnail_url: null }) as never;

it("sees that words or files are others, also where there are as many as before", () => {
  const before = fill("w", { text: "Hello", attachments: [file("a")] });
  expect(otherWords(written("w"), before)).toBe(false);
  expect(otherWords({ ...before, files: [file("b")] }, before)).toBe(true);
  expect(otherWords({ ...before, text: "Hello!" }, before)).toBe(true);
  expect(otherWords({ ...before, html: "<p>Hello</p>" }, before)).toBe(true);
});

it("has plain words of its own only where they differ from the formatted ones", () => {
  expect(plainOf({ text: "Hello", html: "<p>Hello</p>" })).toBeNull();
  expect(plainOf({ text: "Hi", html: "<p>Hello</p>" })).toBe("Hi");
  expect(plainOf({ text: "Hi" })).toBeNull();
});
