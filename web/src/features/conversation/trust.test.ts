import { expect, it } from "vitest";
import { marksOf } from "./trust";

const inbound = { direction: "inbound" as const, verified_sender: true, automatic: false };

it("marks strangers and programs, and nothing of our own as a stranger's", () => {
  expect(marksOf(inbound)).toEqual([]);
  expect(marksOf({ ...inbound, verified_sender: false })).toEqual(["unverified"]);
  expect(marksOf({ ...inbound, verified_sender: false, automatic: true })).toEqual(["unverified", "automatic"]);
  expect(marksOf({ direction: "outbound", verified_sender: false, automatic: true })).toEqual(["automatic"]);
});
