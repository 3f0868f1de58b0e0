import { expect, it } from "vitest";
import { marksOf } from "./trust";

const inbound = { direction: "inbound" as const, verified_sender: true, automatic: false };

it("marks strangers and programs, and nothing of our own as a stranger's", () => {
  expect(marksOf(inbound)).toEqual([]);
  expect(marksOf({ ...inbound, verified_sender: false })).toEqual(["unverified"]);
  expect(marksOf({ ...inbound, verified_sender: false, automatic: true })).toEqual(["unverified", "automatic"]);
  const forged = { metadata: { authentication: { verdict: "fail", by: "x", spf: null, dkim: [], dmarc: null, policy: null } } };
  expect(marksOf({ ...inbound, ...forged })).toEqual(["forged"]);
  expect(marksOf({ direction: "outbound", verified_sender: true, automatic: false, ...forged })).toEqual([]);
  expect(marksOf({ direction: "outbound", verified_sender: false, automatic: true })).toEqual(["automatic"]);
});
