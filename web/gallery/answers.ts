import type { AttributeDefinition } from "@/api/types";

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

const attribute = (key: string, name: string, kind: AttributeDefinition["kind"], more: Partial<AttributeDefinition> = {}): AttributeDefinition => ({
  id: `atr_${key}`,
  key,
  name,
  kind,
  applies_to: "conversation",
  currency: null,
  options: [],
  position: 0,
  required_on_close: false,
  archived: false,
  created_at: "2026-01-02T03:04:05Z",
  ...more,
});

/** One of each kind, with what stands in it. */
export const attributes = {
  definitions: [
    attribute("order", "Order", "text"),
    attribute("seats", "Seats", "number"),
    attribute("worth", "Worth", "currency", { currency: "EUR" }),
    attribute("share", "Discount", "percent"),
    attribute("site", "Site", "link"),
    attribute("due", "Due", "date"),
    attribute("plan", "Plan", "list", { options: ["Free", "Gold"], required_on_close: true }),
    attribute("gift", "A gift", "checkbox"),
    attribute("long", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", "text"),
  ],
  values: {
    order: "A-8841",
    seats: 12,
    worth: 1290.5,
    share: 15,
    site: "https://northwind.example/orders/8841",
    due: "2026-11-24",
    plan: "Gold",
    gift: true,
    long: "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverwaltung and what else nobody thought of",
  },
};
