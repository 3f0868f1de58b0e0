import { Link, useRouterState } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Bell as Icon } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { words } from "@/app/i18n";
import { useUnread } from "@/features/notifications/data";
import { useKey } from "@/lib/keymap";
import { Popover, Tip } from "@/ui";

const BellPanel = lazy(async () => {
  const [panel] = await Promise.all([import("@/features/notifications/BellPanel"), words("notifications")]);
  return panel;
});

/** How many things wait, and what they are. */
export function Bell() {
  const { t } = useTranslation("frame");
  const unread = useUnread();
  const [open, setOpen] = useState(false);
  const keys = useKey("notifications");
  const label = unread > 0 ? t("notificationsUnread", { count: unread }) : t("notifications");
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Tip label={t("notifications")} keys={keys} side="end">
        <Popover.Trigger
          aria-label={label}
          data-bell
          className="relative flex size-9 items-center justify-center rounded-md text-ink-3 transition-colors hover:bg-press hover:text-ink data-[state=open]:bg-press"
        >
          <Icon className="size-[19px]" strokeWidth={1.8} aria-hidden />
          <Mark unread={unread} className="start-[20px] top-px" />
        </Popover.Trigger>
      </Tip>
      <Popover.Content side="end" align="end" aria-label={t("notifications")} className="w-[26rem] max-w-[calc(100vw-1rem)] p-0">
        <Suspense fallback={<div className="h-48" />}>
          <BellPanel onClose={() => setOpen(false)} />
        </Suspense>
      </Popover.Content>
    </Popover.Root>
  );
}

/** The same under the thumb: a page of its own. */
export function BellLink() {
  const { t } = useTranslation("frame");
  const unread = useUnread();
  const active = useRouterState({ select: (s) => s.location.pathname === "/notifications" });
  return (
    <Link
      to="/notifications"
      aria-label={unread > 0 ? t("notificationsUnread", { count: unread }) : t("notifications")}
      aria-current={active ? "page" : undefined}
      className={clsx("inset-focus flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-2xs", active ? "text-accent-ink" : "text-ink-3")}
    >
      <span className="relative">
        <Icon className="size-5" strokeWidth={1.9} aria-hidden />
        <Mark unread={unread} className="start-[13px] -top-1.5" />
      </span>
      {t("alerts")}
    </Link>
  );
}

/** Beside the bell, so that the bell is still seen. */
const Mark = ({ unread, className }: { unread: number; className: string }) =>
  unread > 0 && (
    <span
      aria-hidden
      className={clsx(
        "tnum absolute grid h-4 min-w-4 place-items-center rounded-full bg-accent px-1 text-[10px] leading-none font-semibold text-accent-fg ring-2 ring-canvas",
        className,
      )}
    >
      {unread > 99 ? "99+" : unread}
    </span>
  );
