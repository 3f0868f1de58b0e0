import { expect, it } from "vitest";
import { smsParts } from "./parts";

it("counts the parts as the networks do", () => {
  expect(smsParts("")).toEqual({ parts: 0, left: 160, unicode: false });
  expect(smsParts("a".repeat(160))).toEqual({ parts: 1, left: 0, unicode: false });
  expect(smsParts("a".repeat(161))).toEqual({ parts: 2, left: 145, unicode: false });
  expect(smsParts("a".repeat(306)).parts).toBe(2);
  expect(smsParts("a".repeat(307)).parts).toBe(3);
});

it("counts brackets twice and never cuts them", () => {
  expect(smsParts("€".repeat(80))).toEqual({ parts: 1, left: 0, unicode: false });
  expect(smsParts(`${"a".repeat(152)}€${"a".repeat(20)}`)).toEqual({ parts: 2, left: 131, unicode: false });
});

it("makes parts shorter for other letters", () => {
  expect(smsParts("ж".repeat(70))).toEqual({ parts: 1, left: 0, unicode: true });
  expect(smsParts("ж".repeat(71)).parts).toBe(2);
  expect(smsParts("😀".repeat(35))).toEqual({ parts: 1, left: 0, unicode: true });
});
