import { expect, it } from "vitest";
import { strength } from "./password";

it("names short and guessable passwords", () => {
  expect(strength("")).toBe("empty");
  expect(strength("Ab3$")).toBe("short");
  expect(strength("password123")).toBe("weak");
  expect(strength("aaaaaaaaaaaaaa")).toBe("weak");
  expect(strength("1234567890")).toBe("weak");
  expect(strength("qwertyuiop12")).toBe("weak");
});

it("does not count the person's own name and address", () => {
  expect(strength("maralindqvist1", ["Mara Lindqvist", "mara@northwind.example"])).toBe("weak");
});

it("praises what is hard to guess", () => {
  expect(strength("correct horse battery")).toBe("strong");
  expect(["good", "strong"]).toContain(strength("tR4!kPz9xQ"));
});
