import { useTranslation } from "react-i18next";
import type { Webhook, WebhookDelivery } from "@/api/types";
import { Badge } from "@/ui";

/** Whether it is on, and whether it is well. */
export function StateBadge({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  if (webhook.status === "disabled") return <Badge tone="bad">{t("status.disabled")}</Badge>;
  if (webhook.status === "paused") return <Badge>{t("status.paused")}</Badge>;
  if (webhook.failing_since) return <Badge tone="warn">{t("status.failing")}</Badge>;
  return <Badge tone="good">{t("status.active")}</Badge>;
}

const tones = { waiting: "info", sending: "info", delivered: "good", failed: "bad" } as const;

/** What became of one delivery; one that failed before and is tried again says so. */
export function DeliveryBadge({ delivery: d }: { delivery: WebhookDelivery }) {
  const { t } = useTranslation("webhooks");
  if (d.state === "waiting" && d.attempts > 0) return <Badge tone="warn">{t("state.retrying")}</Badge>;
  return <Badge tone={tones[d.state]}>{t(`state.${d.state}`)}</Badge>;
}
