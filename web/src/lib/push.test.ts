import { expect, it } from "vitest";
import { keyBytes } from "./push";

it("reads a key as servers write it", () => {
  expect([...keyBytes("_-8A")]).toEqual([255, 239, 0]);
  expect(keyBytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")).toHaveLength(65);
});
