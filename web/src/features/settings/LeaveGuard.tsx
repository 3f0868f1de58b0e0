import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { anyUnsaved } from "@/lib/unsaved";
import { ConfirmDialog } from "@/ui/ConfirmDialog";

// Whose session has ended can save nothing any more.
const holds = ({ next }: { next: { pathname: string } }) => anyUnsaved() && next.pathname !== "/sign-in";

/** Asks before another page takes away what a form holds; the browser asks before the whole app is left. */
export function LeaveGuard() {
  const { t } = useTranslation("settings");
  const leaving = useBlocker({ shouldBlockFn: holds, enableBeforeUnload: anyUnsaved, withResolver: true });
  return (
    <ConfirmDialog
      open={leaving.status === "blocked"}
      onOpenChange={(open) => !open && leaving.reset?.()}
      title={t("leave.title")}
      text={t("leave.text")}
      confirm={t("leave.do")}
      danger
      onConfirm={async () => leaving.proceed?.()}
    />
  );
}
