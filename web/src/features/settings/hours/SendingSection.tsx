import { OctagonX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import { may } from "@/lib/may";
import { since, useSending, useSwitchSending } from "@/lib/sending";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { TextField } from "@/ui/form";
import { ResumeDialog } from "@/ui/ResumeDialog";

/** The one switch: nothing leaves that nobody wrote by hand. */
export function SendingSection() {
  const { t, i18n } = useTranslation("hours");
  const me = useMe();
  const sending = useSending();
  const [asking, setAsking] = useState<"stop" | "resume" | null>(null);
  const stopped = sending.data?.stopped;
  const allowed = may(me, "sending.stop");
  return (
    <section
      aria-label={t("sending.title")}
      className={`mb-8 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border px-4 py-3 ${stopped ? "border-bad bg-bad-soft" : "border-line bg-raised"}`}
    >
      <OctagonX className={`size-5 shrink-0 ${stopped ? "text-bad" : "text-ink-3"}`} aria-hidden />
      <div className="min-w-0 flex-1 basis-64">
        <h2 className="text-sm font-semibold">{stopped ? t("sending.stopped") : t("sending.title")}</h2>
        <p className="mt-0.5 text-xs text-ink-2 [overflow-wrap:anywhere]">
          {sending.isError
            ? t("sending.unknown")
            : stopped
              ? [
                  t("sending.by", { name: stopped.by_name ?? t("sending.program"), at: since(stopped.at, i18n.language) }),
                  stopped.reason,
                  t("sending.waiting", { count: sending.data?.waiting ?? 0 }),
                ]
                  .filter(Boolean)
                  .join(" · ")
              : t("sending.lead")}
        </p>
        {!allowed && me && <p className="mt-0.5 text-xs text-ink-3">{t("sending.notAllowed")}</p>}
      </div>
      {sending.isError ? (
        <Button onClick={() => void sending.refetch()}>{t("sending.askAgain")}</Button>
      ) : (
        allowed &&
        sending.data && (
          <Button variant={stopped ? "primary" : "danger"} onClick={() => setAsking(stopped ? "resume" : "stop")}>
            {stopped ? t("sending.resume") : t("sending.stop")}
          </Button>
        )
      )}
      {asking === "stop" && <StopDialog onClose={() => setAsking(null)} />}
      {asking === "resume" && <ResumeDialog onClose={() => setAsking(null)} />}
    </section>
  );
}

function StopDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("hours");
  const submit = useSubmit();
  const [reason, setReason] = useState("");
  const { stop } = useSwitchSending();
  return (
    <FormDialog
      title={t("sending.stopTitle")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        await stop(reason);
        onClose();
      }}
      save={t("sending.stop")}
      danger
    >
      <p className="text-sm text-ink-2">{t("sending.stopText")}</p>
      <TextField label={t("sending.reason")} optional hint={t("sending.reasonHint")} value={reason} onChange={setReason} maxLength={200} error={submit.errors.reason} />
    </FormDialog>
  );
}
