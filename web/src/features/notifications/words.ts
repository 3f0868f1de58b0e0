import type { Notification } from "@/api/types";

type Say = (key: string, values?: Record<string, unknown>) => string;

const timesOf = (n: Notification, kind: string) => n.kinds.find((k) => k.kind === kind)?.times ?? 1;

/** Who did what. */
export function headline(n: Notification, t: Say): string {
  const values = {
    actor: n.actor_name ?? t("somebody"),
    customer: n.contact_name ?? t("aCustomer"),
    channel: n.channel_name ?? t("aChannel"),
    count: timesOf(n, n.kind),
  };
  if (n.kind === "webhook_disabled") return t("rows.webhook_disabled", { webhook: n.webhook_name ?? t("aWebhook") });
  if (n.kind === "assigned" && !n.conversation_id) return t("rows.assignedMany", values);
  if (n.kind === "assigned" && !n.actor_name) return t("rows.assignedAlone", values);
  return t(`rows.${n.kind}`, values);
}

/** What was said, or what is wrong and what mends it. */
export function detail(n: Notification, t: Say): string {
  if (n.kind === "channel_well") return t("leavesNow");
  if (n.kind === "channel_broken") return n.detail ?? t("refused");
  if (n.kind === "webhook_disabled") return n.detail ?? "";
  if (n.kind === "delivery_failed") return n.detail ?? n.preview ?? "";
  return n.preview ?? n.subject ?? "";
}

/** What else happened while it was unread. */
export const besides = (n: Notification) => n.kinds.filter((k) => k.kind !== n.kind);

export function placeOf(n: Notification): string {
  if (n.conversation_id) return `/inbox/${n.conversation_id}`;
  if (n.kind === "assigned") return "/inbox?assignee=me";
  if (n.webhook_id) return `/settings/webhooks/${n.webhook_id}`;
  return n.channel_id ? `/settings/channels/${n.channel_id}` : "/notifications";
}
