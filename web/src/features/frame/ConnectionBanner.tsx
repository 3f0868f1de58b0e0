import { CloudOff, Loader2 } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useConnection } from "@/api/events";

const follow = (tell: () => void) => {
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  return () => {
    window.removeEventListener("online", tell);
    window.removeEventListener("offline", tell);
  };
};

/** Says when nothing can be reached, and quietly when it takes a while to be reached again. */
export function ConnectionBanner() {
  const { t } = useTranslation("frame");
  const status = useConnection((s) => s.status);
  const online = useSyncExternalStore(follow, () => navigator.onLine);
  const [slow, setSlow] = useState(false);

  useEffect(() => {
    setSlow(false);
    if (status !== "connecting") return;
    const timer = setTimeout(() => setSlow(true), 3000);
    return () => clearTimeout(timer);
  }, [status]);

  const offline = !online || status === "offline";
  return (
    <div role="status">
      {offline ? (
        <div className="flex min-h-9 items-center gap-2 bg-warn-soft px-3 py-1.5 text-sm text-warn md:mb-2 md:rounded-md">
          <CloudOff className="size-4 shrink-0" aria-hidden />
          <p>
            <span className="font-medium">{t("connection.offline")}</span> {t("connection.kept")}
          </p>
        </div>
      ) : slow ? (
        <p className="flex items-center justify-center gap-1.5 py-1 text-2xs text-ink-3 md:-mt-1 md:pt-0">
          <Loader2 className="size-3 animate-spin" aria-hidden />
          {t("connection.connecting")}
        </p>
      ) : null}
    </div>
  );
}
