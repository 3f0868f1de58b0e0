// What the server would say, for the components that ask it.
export const contact = {
  id: "con_1",
  name: "Wanda Weiss",
  handles: [
    { kind: "phone", value: "+49 30 901820", evidence: "verified" },
    { kind: "email", value: "wanda@home.example", evidence: "claimed" },
  ],
};
const channel = { id: "chn_1", name: "Front desk", provider: "phone", channel: "phone", status: "active" };
const other = { id: "con_2", name: "W. Weiss", company_name: "Home and Garden" };

export const answers: [readonly unknown[], unknown][] = [
  [["contact", "con_1"], contact],
  [["channels"], { data: [channel] }],
  [["channel-types"], { data: [{ id: "phone", name: "Phone", channel: "phone", capabilities: { calls: true }, limits: {}, hue: 150, icon: "phone" }] }],
  [["log-call", "con_1"], { data: [] }],
  [["duplicates", "con_1"], { data: [{ contact: other, kind: "email", value: "wanda@home.example", evidence: "verified" }] }],
];
