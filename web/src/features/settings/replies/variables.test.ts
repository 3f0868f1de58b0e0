import { expect, it } from "vitest";
import { withExamples } from "./variables";

const known = [{ name: "contact.first_name", example: "Chloé" }];

it("shows examples, fallbacks, and what it does not know as it stands", () => {
  expect(withExamples("Hi {{ contact.first_name|there }}, {{contact.custom.plan|no plan}} {{contact.custom.city}} {{", known)).toBe("Hi Chloé, no plan {{contact.custom.city}} {{");
});
