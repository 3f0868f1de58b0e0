import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { useSwitchSending } from "@/lib/sending";
import { Button, Dialog } from "@/ui";

/** Automatic sending goes on; what becomes of what has waited is said here. */
export function ResumeDialog({ waiting, onClose }: { waiting: number; onClose: () => void }) {
  const { t } = useTranslation("frame");
  const { resume } = useSwitchSending();
  const [busy, setBusy] = useState<"send" | "discard" | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
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
      <p className="text-sm text-ink-2">{waiting ? t("sending.resumeWaiting", { count: waiting }) : t("sending.resumeNothing")}</p>
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
          <Button loading={busy === "discard"} disabled={!!busy} onClick={() => void go("discard")}>
            {t("sending.discard")}
          </Button>
        )}
        <Button variant="primary" loading={busy === "send"} disabled={!!busy} onClick={() => void go("send")}>
          {waiting ? t("sending.send") : t("sending.resume")}
        </Button>
      </div>
    </Dialog>
  );
}
