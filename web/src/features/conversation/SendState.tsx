import { OctagonX, Pencil, RotateCcw, TriangleAlert, Undo2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { askAgain, isBeside } from "@/features/inbox/beside/beside";
import { restoreDraft, writeBeside } from "@/features/inbox/bus";
import { useActs } from "@/features/inbox/data";
import { useSending } from "@/lib/sending";

const action = "inline-flex min-h-6 items-center gap-1 font-medium underline underline-offset-2";

/** How it stands with a message of ours, as far as somebody can do something about it. */
export function SendState({ message: m }: { message: Message }) {
  const { t, i18n } = useTranslation("thread");
  const acts = useActs();
  // What was for somebody else never becomes an answer to the customer.
  const writeOn = () => {
    const ask = isBeside(m) ? askAgain(m) : null;
    if (ask) writeBeside(ask);
    else if (!isBeside(m)) restoreDraft(m.conversation_id, m);
  };
  const left = useCountdown(m.status === "scheduled" ? m.send_at : null);
  if (m.status === "scheduled") {
    return (
      <p className="mt-1 flex items-center justify-end gap-2 text-xs text-ink-3" aria-live="off">
        <span className="tabular-nums">
          {left > 90
            ? t("sendsAt", { time: new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(m.send_at ?? 0)) })
            : t("sending", { count: Math.max(0, left) })}
        </span>
        <button type="button" className={action} onClick={() => void acts.cancel(m).then((done) => done && writeOn())}>
          <Undo2 className="size-3.5" aria-hidden /> {t("undo")}
        </button>
      </p>
    );
  }
  if (m.status === "cancelled" && m.metadata.cancelled_because) {
    return (
      <p className="mt-1 flex flex-wrap items-center justify-end gap-2 text-xs text-warn">
        <TriangleAlert className="size-3.5" aria-hidden /> {t(m.metadata.cancelled_because === "answered" ? "heldAnswered" : "heldOther")}
        <button type="button" className={action} onClick={writeOn}>
          <Pencil className="size-3.5" aria-hidden /> {t("editAgain")}
        </button>
      </p>
    );
  }
  if (m.status === "failed") {
    return (
      <p role="alert" className="mt-1 flex flex-wrap items-center justify-end gap-2 text-xs text-bad">
        <TriangleAlert className="size-3.5" aria-hidden /> {t("failed")} {m.error}
        <button type="button" className={action} onClick={() => void acts.retry(m)}>
          <RotateCcw className="size-3.5" aria-hidden /> {t("retry")}
        </button>
      </p>
    );
  }
  if (m.delivery_uncertain) {
    return (
      <p className="mt-1 flex flex-wrap items-center justify-end gap-2 text-xs text-warn">
        <TriangleAlert className="size-3.5" aria-hidden /> {t("uncertain")}
        <button type="button" className={action} onClick={() => void acts.retry(m)}>
          <RotateCcw className="size-3.5" aria-hidden /> {t("resend")}
        </button>
      </p>
    );
  }
  if (m.status === "pending" && m.automated_by) return <Held />;
  if (m.metadata.fallback) return <p className="mt-1 text-end text-2xs text-ink-3">{t("byMail", { address: String(m.metadata.fallback_to ?? "") })}</p>;
  return null;
}

/** What nobody wrote by hand waits while automatic sending is stopped. */
function Held() {
  const { t } = useTranslation("thread");
  const { data } = useSending();
  if (!data?.stopped) return null;
  return (
    <p className="mt-1 flex items-center justify-end gap-1.5 text-xs text-warn">
      <OctagonX className="size-3.5" aria-hidden /> {t("heldStopped")}
    </p>
  );
}

function useCountdown(until: string | null | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!until) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [until]);
  return until ? Math.ceil((Date.parse(until) - now) / 1000) : 0;
}
