import { OctagonX } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import type { SendingState } from "@/api/types";
import { may } from "@/lib/may";
import { since } from "@/lib/sending";
import { Button } from "@/ui/Button";

const ResumeDialog = lazy(() => import("@/ui/ResumeDialog").then((m) => ({ default: m.ResumeDialog })));

/** Says on every page that automatic sending is stopped, by whom and since when, and lets go on who may. */
export function SendingBanner({ state: { stopped } }: { state: SendingState }) {
  const { t, i18n } = useTranslation("frame");
  const me = useMe();
  const [asking, setAsking] = useState(false);
  if (!stopped) return null;
  return (
    <div role="status" className="flex min-h-9 items-center gap-2 bg-bad-soft px-3 py-1 text-sm text-bad md:mb-2 md:rounded-md">
      <OctagonX className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1 truncate max-md:whitespace-normal" title={stopped.reason ?? undefined}>
        <span className="font-medium">{t("sending.stopped")}</span>{" "}
        <span className="max-md:block max-md:text-xs">{t("sending.by", { name: stopped.by_name ?? t("sending.program"), at: since(stopped.at, i18n.language) })}</span>
        {stopped.reason && <span className="max-md:hidden"> · {stopped.reason}</span>}
      </p>
      {may(me, "sending.stop") && !me?.preview && (
        <Button size="sm" onClick={() => setAsking(true)}>
          {t("sending.resume")}
        </Button>
      )}
      <Suspense fallback={null}>{asking && <ResumeDialog onClose={() => setAsking(false)} />}</Suspense>
    </div>
  );
}
