import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { AlarmClock, AtSign, Check, CircleAlert, MessageSquare, Plug, Unplug, UserRoundCheck, Webhook } from "lucide-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { Notification, NotificationKind } from "@/api/types";
import { ago, dateTime } from "@/lib/dates";
import { Badge, IconButton } from "@/ui";
import { besides, detail, headline, placeOf } from "./words";

const icons: Record<NotificationKind, [ComponentType<{ className?: string }>, string]> = {
  assigned: [UserRoundCheck, "bg-info-soft text-info"],
  mentioned: [AtSign, "bg-accent-soft text-accent-ink"],
  customer_replied: [MessageSquare, "bg-hover text-ink-2"],
  delivery_failed: [CircleAlert, "bg-bad-soft text-bad"],
  snooze_ended: [AlarmClock, "bg-warn-soft text-warn"],
  channel_broken: [Unplug, "bg-bad-soft text-bad"],
  channel_well: [Plug, "bg-good-soft text-good"],
  webhook_disabled: [Webhook, "bg-bad-soft text-bad"],
};

interface Props {
  notification: Notification;
  onRead: () => void;
  /** It was followed to where it leads. */
  onOpen: () => void;
}

export function NotificationRow({ notification: n, onRead, onOpen }: Props) {
  const { t, i18n } = useTranslation("notifications");
  const [Icon, tone] = icons[n.kind];
  const words = headline(n, t);
  const below = detail(n, t);
  const isNew = !n.read_at;
  return (
    <li className="group relative flex items-start gap-1 pe-2 hover:bg-hover has-focus-visible:bg-hover">
      <Link
        to={placeOf(n)}
        data-notification={n.id}
        onClick={() => {
          if (isNew) onRead();
          onOpen();
        }}
        className="inset-focus flex min-w-0 flex-1 items-start gap-3 rounded-md py-2.5 ps-3"
      >
        <span className={clsx("mt-0.5 grid size-8 shrink-0 place-items-center rounded-full", tone)}>
          <Icon className="size-4" aria-hidden />
        </span>
        <span className="min-w-0 flex-1">
          <span className={clsx("block text-sm [overflow-wrap:anywhere]", isNew ? "font-medium text-ink" : "text-ink-2")}>
            {isNew && <span className="sr-only">{t("new")} </span>}
            {words}
          </span>
          {below && <span className="mt-0.5 line-clamp-2 text-sm text-ink-2 [overflow-wrap:anywhere]">{below}</span>}
          <span className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-3">
            <time dateTime={n.updated_at} title={dateTime(n.updated_at, i18n.language)}>
              {ago(n.updated_at, i18n.language)}
            </time>
            {n.conversation_number !== null && <span className="tnum">#{n.conversation_number}</span>}
            {besides(n).map((k) => (
              <Badge key={k.kind}>{t(`also.${k.kind}`, { count: k.times })}</Badge>
            ))}
          </span>
        </span>
      </Link>
      <span className="flex w-8 shrink-0 justify-center pt-2 max-md:w-11">
        {isNew && (
          <IconButton size="sm" label={t("markRead")} onClick={onRead} className="group/read">
            <span aria-hidden className="size-2 rounded-full bg-accent group-hover/read:hidden group-focus-visible/read:hidden" />
            <Check aria-hidden className="hidden group-hover/read:block group-focus-visible/read:block" />
          </IconButton>
        )}
      </span>
    </li>
  );
}
