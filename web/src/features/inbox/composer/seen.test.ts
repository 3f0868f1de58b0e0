import { expect, it } from "vitest";
import type { Message } from "@/api/types";
import { keepSeen, look } from "./seen";

const m = (id: string, direction: "inbound" | "outbound", sender_id: string | null = null) => ({ id, direction, sender_id }) as Message;

it("stays where the writer began when a customer writes, and follows own messages", () => {
  const begun = look({ message_count: 1, messages: [m("1", "inbound")] });
  const customer = { message_count: 2, messages: [m("1", "inbound"), m("2", "inbound")] };
  expect(keepSeen(begun, customer, "mem_1").count).toBe(1);
  const own = { message_count: 2, messages: [m("1", "inbound"), m("2", "outbound", "mem_1")] };
  expect(keepSeen(begun, own, "mem_1")).toEqual({ count: 2, last: "2" });
  const caughtUp = { message_count: 2, messages: [m("1", "inbound")] };
  expect(keepSeen(begun, caughtUp, "mem_1").count).toBe(2);
  const colleague = { message_count: 2, messages: [m("1", "inbound"), m("2", "outbound", "mem_2")] };
  expect(keepSeen(begun, colleague, "mem_1").count).toBe(1);
});
