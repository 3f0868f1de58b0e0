import { Link } from "@tanstack/react-router";
import { CheckCheck, Settings } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton, toast } from "@/ui";
import { useReading, useUnread } from "./data";
import { NotificationList } from "./NotificationList";

/** What hangs from the bell. */
export default function BellPanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("notifications");
  const unread = useUnread();
  const { readAll } = useReading();
  return (
    <div className="flex max-h-[min(36rem,80vh)] flex-col">
      <div className="flex items-center gap-1 border-b border-line py-1.5 ps-3 pe-2">
        <h2 className="flex-1 text-sm font-semibold">{t("title")}</h2>
        <IconButton size="sm" label={t("readAll")} disabled={unread === 0} onClick={() => void readAll().catch(() => toast.error(t("failed")))}>
          <CheckCheck aria-hidden />
        </IconButton>
        <IconButton size="sm" label={t("settings")} asChild>
          <Link to="/settings/notifications" onClick={onClose}>
            <Settings aria-hidden />
          </Link>
        </IconButton>
      </div>
      <div className="scroll min-h-0 flex-1 overflow-y-auto py-1">
        <NotificationList unreadOnly={false} onOpen={onClose} focusFirst />
      </div>
      <Link to="/notifications" onClick={onClose} className="inset-focus rounded-b-lg border-t border-line px-3 py-2 text-center text-sm text-accent-ink hover:bg-hover">
        {t("all")}
      </Link>
    </div>
  );
}
