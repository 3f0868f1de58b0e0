import { expect, test } from "vitest";
import { editable, said, typed } from "./attributes";

const words = { yes: "Yes", no: "No" };

test("values read as people write them", () => {
  expect(said({ kind: "percent", currency: null }, 12.5, "en", words)).toBe("12.5%");
  expect(said({ kind: "currency", currency: "EUR" }, 1234.5, "en", words)).toBe("€1,234.50");
  expect(said({ kind: "currency", currency: "QQ" }, 5, "en", words)).toBe("5 QQ");
  expect(said({ kind: "date", currency: null }, "2026-12-24", "en", words)).toBe("Dec 24, 2026");
  expect(said({ kind: "checkbox", currency: null }, false, "en", words)).toBe("No");
  expect(said({ kind: "text", currency: null }, null, "en", words)).toBe("");
});

test("numbers are understood with points and commas", () => {
  const number = (text: string, locale = "en") => typed({ kind: "number" }, text, locale);
  expect([number("1234.5"), number("1.234,5"), number("1,234.5"), number("1 234,5"), number("1.234.567"), number("-3"), number("12,5 %")]).toEqual([
    1234.5, 1234.5, 1234.5, 1234.5, 1234567, -3, 12.5,
  ]);
  expect([number("twelve"), number(""), number("1.2.3,4,5")]).toEqual([undefined, null, undefined]);
  // One sign before three digits is as the reader means it.
  expect([number("1,234"), number("1,234", "de"), number("1.234"), number("1.234", "de"), number("-0,5", "de"), number("- 5")]).toEqual([1234, 1.234, 1.234, 1234, -0.5, -5]);
  expect(typed({ kind: "text" }, " a ")).toBe("a");
  expect(editable(1234.5, "de")).toBe("1234,5");
});
