import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Ellipsis, KeyRound, Pause, Pencil, Play, Send, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useEvents } from "@/api/client";
import type { Webhook, WebhookDeliveryDetail } from "@/api/types";
import { dateTime } from "@/lib/dates";
import { Banner, Button, ErrorState, IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { RowsSkeleton, SettingsPage } from "../Page";
import { countOf } from "./choice";
import { Deliveries } from "./Deliveries";
import { useEventKinds, useWebhook } from "./queries";
import { RotateDialog } from "./RotateDialog";
import { StateBadge } from "./StateBadge";
import { SwitchOnDialog } from "./SwitchOnDialog";
import { WebhookDialog } from "./WebhookDialog";

type Open = "edit" | "rotate" | "on" | "remove" | null;

/** One webhook: how it fares, and everything that was told. */
export function WebhookPage() {
  const { t } = useTranslation("webhooks");
  const { id } = useParams({ strict: false }) as { id: string };
  const client = useQueryClient();
  const navigate = useNavigate();
  const webhook = useWebhook(id);
  const [open, setOpen] = useState<Open>(null);
  const [testing, setTesting] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  useEvents((frame) => {
    if (frame.type === "event" && frame.kind.startsWith("webhook.") && frame.payload.webhook_id === id) void client.invalidateQueries({ queryKey: ["webhook", id] });
  });
  const w = webhook.data;
  const test = async () => {
    setTesting(true);
    try {
      const d = await api.post<WebhookDeliveryDetail>(`/webhook-subscriptions/${id}/test`, {});
      await client.invalidateQueries({ queryKey: ["webhook-deliveries", id] });
      toast(d.state === "delivered" ? t("test.taken", { status: d.last_status }) : (d.last_error ?? t("failed")));
      setShown(d.id);
    } catch (e) {
      toast((e instanceof ApiError && e.detail) || t("failed"));
    } finally {
      setTesting(false);
    }
  };
  const pause = async () => {
    try {
      client.setQueryData(["webhook", id], await api.patch<Webhook>(`/webhook-subscriptions/${id}`, { status: "paused" }));
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    } catch (e) {
      toast((e instanceof ApiError && e.detail) || t("failed"));
    }
  };
  return (
    <SettingsPage
      title={w?.name ?? t("one")}
      back={{ to: "/settings/webhooks", label: t("title") }}
      adminOnly
      action={
        w && (
          <div className="flex flex-wrap gap-2 max-md:w-full">
            <Button loading={testing} onClick={() => void test()}>
              <Send aria-hidden />
              {t("test.send")}
            </Button>
            {w.status === "active" ? (
              <Button onClick={() => void pause()}>
                <Pause aria-hidden />
                {t("pause")}
              </Button>
            ) : (
              <Button variant="primary" onClick={() => setOpen("on")}>
                <Play aria-hidden />
                {t("switchOn")}
              </Button>
            )}
            <Menu.Root>
              <Menu.Trigger asChild>
                <IconButton label={t("more")}>
                  <Ellipsis aria-hidden />
                </IconButton>
              </Menu.Trigger>
              <Menu.Content align="end">
                <Menu.Item icon={<Pencil aria-hidden />} onSelect={() => setOpen("edit")}>
                  {t("form.change")}
                </Menu.Item>
                <Menu.Item icon={<KeyRound aria-hidden />} onSelect={() => setOpen("rotate")}>
                  {t("rotate.title")}
                </Menu.Item>
                <Menu.Item danger icon={<Trash2 aria-hidden />} onSelect={() => setOpen("remove")}>
                  {t("remove.title")}
                </Menu.Item>
              </Menu.Content>
            </Menu.Root>
          </div>
        )
      }
    >
      {webhook.isError && !w ? (
        <ErrorState title={t("oneFailed")} error={webhook.error} onRetry={() => void webhook.refetch()} />
      ) : !w ? (
        <RowsSkeleton />
      ) : (
        <>
          <Trouble webhook={w} />
          <Facts webhook={w} />
          <Deliveries webhook={w} shown={shown} onShow={setShown} />
        </>
      )}
      {w && open === "edit" && <WebhookDialog webhook={w} onClose={() => setOpen(null)} />}
      {w && open === "rotate" && <RotateDialog webhook={w} onClose={() => setOpen(null)} />}
      {w && open === "on" && <SwitchOnDialog webhook={w} onClose={() => setOpen(null)} />}
      <ConfirmDialog
        open={open === "remove"}
        onOpenChange={(on) => !on && setOpen(null)}
        title={t("remove.sure", { name: w?.name })}
        text={t("remove.text")}
        confirm={t("remove.title")}
        danger
        onConfirm={async () => {
          await api.delete(`/webhook-subscriptions/${id}`);
          await navigate({ to: "/settings/webhooks" });
          client.removeQueries({ queryKey: ["webhook", id] });
          await client.invalidateQueries({ queryKey: ["webhooks"] });
        }}
      />
    </SettingsPage>
  );
}

/** Why nothing goes there, or nothing is taken. */
function Trouble({ webhook: w }: { webhook: Webhook }) {
  const { t, i18n } = useTranslation("webhooks");
  if (w.status === "disabled") {
    return (
      <Banner tone="bad" icon={TriangleAlert} className="mb-4">
        {t("trouble.disabled", { at: dateTime(w.disabled_at ?? w.updated_at, i18n.language), why: w.disabled_because })}
      </Banner>
    );
  }
  if (w.status === "active" && w.failing_since) {
    return (
      <Banner tone="warn" icon={TriangleAlert} className="mb-4">
        {t("trouble.failing", { since: dateTime(w.failing_since, i18n.language), count: w.failures })}
      </Banner>
    );
  }
  return null;
}

function Facts({ webhook: w }: { webhook: Webhook }) {
  const { t, i18n } = useTranslation("webhooks");
  const kinds = useEventKinds();
  const time = (at: string | null) => (at ? dateTime(at, i18n.language) : t("facts.never"));
  const rows: [string, React.ReactNode][] = [
    [t("facts.state"), <StateBadge key="state" webhook={w} />],
    [
      t("form.url"),
      <span key="url" className="font-mono text-xs [overflow-wrap:anywhere]">
        {w.url}
      </span>,
    ],
    [
      t("form.events"),
      w.events.includes("*") ? (
        t("allKinds")
      ) : (
        <span key="events">
          {kinds.data && `${t("kinds", { count: countOf(w.events, kinds.data) })}: `}
          <span className="font-mono text-xs [overflow-wrap:anywhere]">{w.events.join(", ")}</span>
        </span>
      ),
    ],
    [t("form.reach"), w.reach === "all" ? t("reach.all") : t("reach.of", { name: w.owner_name ?? t("reach.somebody") })],
    [t("facts.lastTaken"), time(w.last_success_at)],
    [t("facts.lastFailed"), time(w.last_failure_at)],
  ];
  if (w.old_secret_until) rows.push([t("facts.oldSecret"), t("facts.until", { at: time(w.old_secret_until) })]);
  return (
    <dl className="mb-8 grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 rounded-lg border border-line bg-raised p-4 text-sm max-md:grid-cols-1 max-md:gap-y-0.5">
      {rows.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-ink-3">{label}</dt>
          <dd className="min-w-0 max-md:mb-2">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
