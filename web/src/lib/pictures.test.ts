import { expect, it } from "vitest";
import { picturesFrom, withSender } from "./pictures";

it("reads what preferences keep, whatever they keep", () => {
  expect(picturesFrom({ pictures: ["a@x.example", 3] })).toEqual(["a@x.example"]);
  expect(picturesFrom({ pictures: "a" })).toEqual([]);
  expect(picturesFrom(undefined)).toEqual([]);
});

it("keeps each sender once and the latest two hundred", () => {
  expect(withSender(["a", "b"], "a")).toEqual(["b", "a"]);
  const many = Array.from({ length: 200 }, (_, i) => String(i));
  expect(withSender(many, "new")).toHaveLength(200);
  expect(withSender(many, "new")[0]).toBe("1");
});
