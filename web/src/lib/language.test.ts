import { expect, it } from "vitest";
import { choiceOf, isRtl, spoken } from "./language";

it("takes the first language of the browser that it speaks", () => {
  expect(spoken(["de-AT", "en"])).toBe("de");
  expect(spoken(["fr", "pt_BR", "de", "en-GB"])).toBe("de");
  expect(spoken(["fr-CA", "en-GB"])).toBe("en");
  expect(spoken([])).toBe("en");
});

it("follows the browser where nothing it knows was chosen", () => {
  expect(choiceOf("de")).toBe("de");
  for (const other of [undefined, null, "auto", "xx", "constructor", 7]) expect(choiceOf(other)).toBe("auto");
});

it("knows what is read from right to left", () => {
  expect(["ar-XB", "he", "en", "de", "arn"].map(isRtl)).toEqual([true, true, false, false, false]);
});
