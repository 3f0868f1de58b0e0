import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { useSwitchSending, useWaiting } from "@/lib/sending";
import { Button, Dialog, ErrorState, Skeleton } from "@/ui";

/** Automatic sending goes on; what becomes of what has waited is said here. */
export function ResumeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("frame");
  const { resume } = useSwitchSending();
  // Counted when it opens: what waited an hour ago says nothing of what would leave now.
  const asked = useWaiting();
  const waiting = asked.count ?? 0;
  const [busy, setBusy] = useState<"send" | "discard" | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const off = asked.count === null || !!busy;
  const go = async (what: "send" | "discard") => {
    setBusy(what);
    setFailed(null);
    try {
      await resume(what);
      onClose();
    } catch (e) {
      setBusy(null);
      setFailed((e instanceof ApiError && e.detail) || t("sending.failed"));
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("sending.resumeTitle")}>
      {asked.failed ? (
        <ErrorState title={t("sending.notCounted")} error={asked.error} onRetry={asked.again} />
      ) : asked.count === null ? (
        <Skeleton className="h-5 w-full" />
      ) : (
        <p className="text-sm text-ink-2">{waiting ? t("sending.resumeWaiting", { count: waiting }) : t("sending.resumeNothing")}</p>
      )}
      {failed && (
        <p role="alert" className="mt-3 text-sm font-medium text-bad">
          {failed}
        </p>
      )}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button variant="ghost" onClick={onClose}>
          {t("sending.cancel")}
        </Button>
        {waiting > 0 && (
          <Button loading={busy === "discard"} disabled={off} onClick={() => void go("discard")}>
            {t("sending.discard")}
          </Button>
        )}
        {!asked.failed && (
          <Button variant="primary" loading={busy === "send"} disabled={off} onClick={() => void go("send")}>
            {waiting ? t("sending.send") : t("sending.resume")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
