import { describe, expect, it } from "vitest";
import type { Address } from "@/api/types";
import cases from "../../../../../crates/server/src/conversations/recipients.cases.json";
import { addAddresses, isEmail, isOwn, replyAllRecipients, replyRecipients, sameRecipients, splitAddresses, withEverybody } from "./recipients";

const OWN = "hello@us.example";
const OURS = [OWN];
const elena = { name: "Elena", address: "elena@a.example" };
const kit = { name: "Kit", address: "kit@a.example" };
const lawyer = { address: "law@b.example" };
const message = (direction: "inbound" | "outbound", from: string, more: object = {}) => ({
  direction,
  verified_sender: true,
  is_note: false,
  status: "delivered" as const,
  from,
  sender_name: "Elena",
  to: [{ address: OWN }],
  cc: [] as { name?: string; address: string }[],
  metadata: {},
  ...more,
});
const inbound = (from: string, more: object = {}) => message("inbound", from, more);
const people = [elena, { address: OWN }, kit];
const addresses = (list: readonly { address: string }[]) => list.map((a) => a.address);

describe("reply", () => {
  it("goes to the last proven sender alone", () => {
    const r = replyRecipients([inbound("kit@a.example"), inbound("Elena@a.example", { cc: [kit] })], people, OURS);
    expect(r).toEqual({ to: [{ name: "Elena", address: "Elena@a.example" }], cc: [], bcc: [] });
  });

  it("follows the reply address", () => {
    const r = replyRecipients([inbound("elena@a.example", { metadata: { reply_to: "desk@a.example" } })], people, OURS);
    expect(r.to).toEqual([{ address: "desk@a.example" }]);
  });

  it("passes over senders nobody proved, notes and what was taken back", () => {
    const all = [
      inbound("elena@a.example"),
      inbound("forged@b.example", { verified_sender: false }),
      inbound("note@b.example", { is_note: true }),
      message("outbound", OWN, { status: "cancelled", to: [lawyer] }),
    ];
    expect(addresses(replyRecipients(all, people, OURS).to)).toEqual(["elena@a.example"]);
    expect(replyAllRecipients(all, people, OURS).cc).toEqual([]);
  });

  it("goes to whom we wrote while nobody has answered", () => {
    expect(replyRecipients([], people, OURS).to).toEqual([elena, kit]);
    expect(replyRecipients([message("outbound", OWN, { to: [elena], cc: [kit] })], people, OURS).to).toEqual([elena]);
  });
});

describe("reply all", () => {
  it("takes everybody of that mail, never ourselves and nobody twice", () => {
    const mail = inbound("elena@a.example", { to: [{ address: "HELLO@us.example" }, { address: "kit@a.example" }], cc: [lawyer, { address: "Elena@a.example" }, kit] });
    const r = replyAllRecipients([inbound("kit@a.example", { cc: [{ address: "gone@a.example" }] }), mail], people, OURS);
    expect(r.to).toEqual([elena, kit]);
    expect(r.cc).toEqual([lawyer]);
    expect(r.bcc).toEqual([]);
  });

  it("keeps those whom we took in since", () => {
    const r = replyAllRecipients([inbound("elena@a.example"), message("outbound", OWN, { to: [elena], cc: [lawyer] })], people, OURS);
    expect([r.to, r.cc]).toEqual([[elena], [lawyer]]);
  });

  it("takes the copies of our own mail while nobody has answered", () => {
    expect(replyAllRecipients([message("outbound", OWN, { to: [elena], cc: [kit] })], people, OURS)).toEqual({ to: [elena], cc: [kit], bcc: [] });
  });
});

it("knows our own address in all its forms", () => {
  const token = "abcdefghijklmnopqrstuvwxyz234567abcdefg";
  for (const ours of ["Hello@Us.example", `hello+${token}@us.example`, "hello+sale@us.example", `reply+${token.toUpperCase()}@inbound.example`])
    expect(isOwn(ours, OURS), ours).toBe(true);
  for (const other of ["hello@a.example", "hello+sale@a.example", "reply+short@a.example", "hell@us.example"]) expect(isOwn(other, OURS), other).toBe(false);
});

it("adds everybody to whom the writer named and tells when nothing is left to add", () => {
  const all = { to: [elena], cc: [kit, lawyer], bcc: [] };
  const now = { to: [lawyer], cc: [], bcc: [{ address: "KIT@a.example" }] };
  expect(withEverybody(now, all)).toEqual({ to: [lawyer, elena], cc: [], bcc: [{ address: "KIT@a.example" }] });
  expect(sameRecipients(withEverybody({ to: [elena], cc: [], bcc: [] }, all), { ...all, cc: [lawyer, kit] })).toBe(true);
  expect(sameRecipients(now, all)).toBe(false);
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

describe("the server works out the same", () => {
  // Its own test reads the same cases.
  interface Case {
    name: string;
    own: string[];
    participants: Address[];
    messages: { direction: "inbound" | "outbound"; from: string; sender_name?: string; verified_sender?: boolean; reply_to?: string; to: Address[]; cc: Address[] }[];
    expected: { sender: { to: Address[]; cc: Address[] }; all: { to: Address[]; cc: Address[] } };
  }
  for (const c of cases as Case[])
    it(c.name, () => {
      const messages = c.messages.map((m) =>
        message(m.direction, m.from, { ...m, sender_name: m.sender_name, verified_sender: m.verified_sender ?? true, metadata: { reply_to: m.reply_to } }),
      );
      const tidy = ({ to, cc }: { to: Address[]; cc: Address[] }) => ({
        to: to.map((a) => (a.name ? a : { address: a.address })),
        cc: cc.map((a) => (a.name ? a : { address: a.address })),
      });
      expect(tidy(replyRecipients(messages, c.participants, c.own))).toEqual(c.expected.sender);
      expect(tidy(replyAllRecipients(messages, c.participants, c.own))).toEqual(c.expected.all);
    });
});
