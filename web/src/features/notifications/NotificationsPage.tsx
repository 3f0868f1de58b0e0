import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CheckCheck, Settings } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, toast } from "@/ui";
import { useReading, useUnread } from "./data";
import { NotificationList } from "./NotificationList";

export function NotificationsPage() {
  const { t } = useTranslation("notifications");
  const navigate = useNavigate();
  const unreadOnly = (useSearch({ strict: false }) as { show?: string }).show === "unread";
  const unread = useUnread();
  const { readAll } = useReading();
  useEffect(() => {
    document.title = `${t("title")} · Switchboard`;
  }, [t]);
  return (
    <div className="scroll h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-[720px] px-8 py-7 max-md:px-2 max-md:py-4">
        <header className="mb-4 flex flex-wrap items-center gap-2 max-md:px-2">
          <h1 className="flex-1 text-lg font-semibold tracking-[-0.015em]">{t("title")}</h1>
          <Button className="max-md:order-last" disabled={unread === 0} onClick={() => void readAll().catch(() => toast.error(t("failed")))}>
            <CheckCheck aria-hidden />
            {t("readAll")}
          </Button>
          <IconButton label={t("settings")} asChild>
            <Link to="/settings/notifications">
              <Settings aria-hidden />
            </Link>
          </IconButton>
        </header>
        <fieldset className="mb-3 inline-flex rounded-md bg-press p-0.5 max-md:mx-2">
          <legend className="sr-only">{t("show")}</legend>
          {(["all", "unread"] as const).map((value) => {
            const on = (value === "unread") === unreadOnly;
            return (
              <label
                key={value}
                className={`flex h-7 cursor-pointer items-center rounded-sm px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-focus max-md:h-10 ${on ? "bg-raised font-medium text-ink shadow-1" : "text-ink-2 hover:text-ink"}`}
              >
                <input
                  type="radio"
                  name="show"
                  className="sr-only"
                  checked={on}
                  onChange={() => void navigate({ to: "/notifications", search: value === "unread" ? { show: "unread" } : {}, replace: true })}
                />
                {t(value === "all" ? "everything" : "unread")}
                {value === "unread" && unread > 0 && <span className="tnum ms-1.5 text-ink-3">{unread}</span>}
              </label>
            );
          })}
        </fieldset>
        <NotificationList unreadOnly={unreadOnly} onOpen={() => {}} />
      </div>
    </div>
  );
}
