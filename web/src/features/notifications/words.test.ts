import { expect, it } from "vitest";
import type { Notification } from "@/api/types";
import words from "@/i18n/en/notifications.json";
import { besides, detail, headline, placeOf } from "./words";

const say = (key: string, values: Record<string, unknown> = {}) => `${key} ${Object.values(values).join("|")}`.trim();
const sample: Notification = {
  id: "ntf_1",
  kind: "mentioned",
  kinds: [
    { kind: "mentioned", times: 1 },
    { kind: "customer_replied", times: 3 },
  ],
  times: 4,
  conversation_id: "cnv_1",
  conversation_number: 7,
  subject: null,
  contact_name: "Ada Obi",
  channel_id: null,
  channel_name: null,
  webhook_id: null,
  webhook_name: null,
  message_id: null,
  actor_id: null,
  actor_name: "Mara Lind",
  preview: "please look",
  detail: null,
  created_at: "",
  updated_at: "",
  read_at: null,
};

it("says who did what, and where it leads", () => {
  expect(headline(sample, say)).toBe("rows.mentioned Mara Lind|Ada Obi|aChannel|1");
  expect(headline({ ...sample, kind: "customer_replied" }, say)).toContain("|3");
  expect(headline({ ...sample, kind: "assigned", actor_name: null }, say)).toContain("rows.assignedAlone");
  const many: Notification = { ...sample, kind: "assigned", conversation_id: null, kinds: [{ kind: "assigned", times: 250 }] };
  expect([headline(many, say), placeOf(many)]).toEqual(["rows.assignedMany Mara Lind|Ada Obi|aChannel|250", "/inbox?assignee=me"]);
  expect(besides(sample)).toEqual([{ kind: "customer_replied", times: 3 }]);
  expect(placeOf(sample)).toBe("/inbox/cnv_1");
  expect(placeOf({ ...sample, conversation_id: null, channel_id: "chn_1" })).toBe("/settings/channels/chn_1");
});

it("says what is wrong with a channel", () => {
  const broken: Notification = { ...sample, kind: "channel_broken", detail: "The token has expired." };
  expect(detail(broken, say)).toBe("The token has expired.");
  expect(detail({ ...broken, detail: null }, say)).toBe("refused");
  expect(detail(sample, say)).toBe("please look");
});

it("has words for every kind", () => {
  for (const kind of ["assigned", "mentioned", "customer_replied", "delivery_failed", "snooze_ended", "channel_broken", "channel_well", "webhook_disabled"]) {
    expect(Object.keys(words.also).some((k) => k.startsWith(kind))).toBe(true);
    expect(Object.keys(words.rows).some((k) => k.startsWith(kind))).toBe(true);
  }
});
