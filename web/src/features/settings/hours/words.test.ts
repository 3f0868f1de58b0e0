import { expect, test } from "vitest";
import { fill } from "./words";

test("placeholders are filled, and nobody's name leaves no gap", () => {
  expect(fill("Hi {{ name }}, back {{opens}}. {{else}}", { name: "Ann", opens: "09:00" })).toBe("Hi Ann, back 09:00. {{else}}");
  expect(fill("Hi {{name}}, hello", { name: "" })).toBe("Hi, hello");
});
