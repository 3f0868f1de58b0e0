import { expect, test } from "vitest";
import { callOf, callUrl, duration, secondsOf } from "./calls";

test("a number opens the channel's own address, or the telephone program", () => {
  expect(callUrl("+27 82 555-0001")).toBe("tel:+27825550001");
  expect(callUrl("+27825550001", "https://pbx.example/call?to={number}")).toBe("https://pbx.example/call?to=%2B27825550001");
  expect(callUrl("+27825550001", "sip:{number}@pbx.example")).toBe("sip:+27825550001@pbx.example");
});

test("nothing that could run in the page becomes a link", () => {
  expect(callUrl("+27825550001", "javascript:alert('{number}')")).toBe("tel:+27825550001");
  expect(callUrl("javascript:alert(1)")).toBeUndefined();
  expect(callUrl("unknown:call-7", "https://pbx.example/{number}")).toBeUndefined();
});

test("lengths are read as people write them", () => {
  expect([secondsOf("3:12"), secondsOf("45"), secondsOf("1:03:12"), secondsOf(" 0:05 ")]).toEqual([192, 45, 3792, 5]);
  expect([secondsOf(""), secondsOf("3:99"), secondsOf("3 min"), secondsOf("1:2:3:4")]).toEqual([undefined, undefined, undefined, undefined]);
  expect(duration(192, "en")).toBe("3m 12s");
  expect(duration(0, "en")).toBe("0s");
});

test("only an object is a call", () => {
  expect(callOf({ call: { outcome: "answered" } })?.outcome).toBe("answered");
  expect([callOf({}), callOf({ call: "x" }), callOf({ call: null })]).toEqual([undefined, undefined, undefined]);
});
