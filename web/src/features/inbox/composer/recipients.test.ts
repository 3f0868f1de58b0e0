import { describe, expect, it } from "vitest";
import { addAddresses, defaultRecipients, isEmail, splitAddresses } from "./recipients";

const inbound = (from: string, more: object = {}) => ({
  direction: "inbound" as const,
  verified_sender: true,
  is_note: false,
  from,
  sender_name: "Elena",
  metadata: {},
  ...more,
});
const people = [{ name: "Elena", address: "elena@a.example" }, { address: "hello@us.example" }, { name: "Kit", address: "kit@a.example" }];

describe("default recipients", () => {
  it("answers the last proven sender and keeps the others in copy, never ourselves", () => {
    const r = defaultRecipients([inbound("kit@a.example"), inbound("Elena@a.example")], people, "HELLO@us.example");
    expect(r.to).toEqual([{ name: "Elena", address: "Elena@a.example" }]);
    expect(r.cc).toEqual([{ name: "Kit", address: "kit@a.example" }]);
    expect(r.bcc).toEqual([]);
  });

  it("follows the reply address", () => {
    const r = defaultRecipients([inbound("elena@a.example", { metadata: { reply_to: "desk@a.example" } })], people, "hello@us.example");
    expect(r.to).toEqual([{ address: "desk@a.example" }]);
    expect(r.cc.map((a) => a.address)).toEqual(["elena@a.example", "kit@a.example"]);
  });

  it("passes over senders nobody proved, and notes", () => {
    const r = defaultRecipients(
      [inbound("elena@a.example"), inbound("forged@b.example", { verified_sender: false }), inbound("note@b.example", { is_note: true })],
      people,
      "hello@us.example",
    );
    expect(r.to[0]?.address).toBe("elena@a.example");
  });

  it("writes to everyone when nobody has written yet", () => {
    expect(defaultRecipients([], people, "hello@us.example").to).toHaveLength(2);
  });
});

it("splits pasted lists and drops doubles", () => {
  const list = splitAddresses("Kit Vale <kit@a.example>, elena@a.example;\nKIT@a.example");
  expect(list[0]).toEqual({ name: "Kit Vale", address: "kit@a.example" });
  expect(addAddresses([], list)).toHaveLength(2);
});

it("knows an address when it sees one", () => {
  expect(["a@b.example", "a+b@c.d.example"].every(isEmail)).toBe(true);
  expect(["a", "a@b", "a b@c.example", "a@b.example>"].some(isEmail)).toBe(false);
});
