import { expect, it } from "vitest";
import type { Channel, Contact, Descriptor } from "@/api/types";
import { kindOf, ways, waysTo } from "./reach";

const type = (id: string, outbound_first: string) => ({ id, capabilities: { outbound_first } }) as Descriptor;
const channel = (id: string, provider: string, status = "active") => ({ id, provider, status }) as Channel;
const types = [type("mail", "email"), type("texts", "phone"), type("chat", "")];
const all = ways([channel("chn_1", "mail"), channel("chn_2", "chat"), channel("chn_3", "texts"), channel("chn_4", "mail", "inactive")], types);

it("offers only channels that may write first and work", () => {
  expect(all.map((w) => w.channel.id)).toEqual(["chn_1", "chn_3"]);
});

it("offers only what reaches the person", () => {
  const person = { handles: [{ kind: "email", value: "a@b.example", scope: "" }] } as unknown as Contact;
  expect(waysTo(all, person).map((w) => [w.channel.id, w.address])).toEqual([["chn_1", "a@b.example"]]);
  expect(waysTo(all, { address: "+46701234567", kind: "phone" }).map((w) => w.channel.id)).toEqual(["chn_3"]);
});

it("tells a typed address from a name", () => {
  expect(kindOf("a@b.example", ["email"])).toBe("email");
  expect(kindOf("+46 70 123 45 67", ["email", "phone"])).toBe("phone");
  expect(kindOf("+46 70 123 45 67", ["email"])).toBeNull();
  expect(kindOf("Chloé", ["email", "phone"])).toBeNull();
});
