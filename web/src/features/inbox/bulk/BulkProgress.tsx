import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui";
import { undoBulk, useFollow, useResume, useRunning } from "./bulk";

/** How far acts on many conversations are; they may be stopped, and go on when one leaves the page. */
export function BulkProgress() {
  useResume();
  const ids = useRunning((s) => s.ids);
  if (!ids.length) return null;
  return (
    <div className="pointer-events-none fixed inset-x-0 bottom-4 z-30 flex flex-col items-center gap-2 px-3 max-md:bottom-18">
      {ids.map((id) => (
        <Progress key={id} id={id} />
      ))}
    </div>
  );
}

const PATIENCE = 500;

function Progress({ id }: { id: string }) {
  const { t, i18n } = useTranslation(["inbox", "bulk"]);
  const client = useQueryClient();
  const bulk = useFollow(id).data;
  // What is done in a moment needs no bar.
  const [shown, show] = useState(false);
  useEffect(() => {
    const wait = setTimeout(() => show(true), PATIENCE);
    return () => clearTimeout(wait);
  }, []);
  if (!shown || !bulk) return null;
  const undoing = bulk.state === "undoing";
  const n = (count: number) => count.toLocaleString(i18n.language);
  const text = t(undoing ? "bulk:progress.undoing" : "bulk:progress.running", { done: n(bulk.done), total: n(bulk.total) });
  return (
    <div className="pop pointer-events-auto w-full max-w-[420px] rounded-lg border border-line bg-raised px-4 py-3 shadow-3">
      <div className="flex items-center gap-3">
        <p className="tnum min-w-0 flex-1 truncate text-sm font-medium">{text}</p>
        {!undoing && (
          <Button size="sm" variant="ghost" onClick={() => void undoBulk(client, id)}>
            {t("bulk:progress.stop")}
          </Button>
        )}
      </div>
      <div role="progressbar" aria-label={text} aria-valuemin={0} aria-valuemax={bulk.total} aria-valuenow={bulk.done} className="mt-2 h-1.5 overflow-hidden rounded-full bg-press">
        <div className="h-full rounded-full bg-accent transition-[width] duration-300" style={{ width: `${bulk.total ? (100 * bulk.done) / bulk.total : 0}%` }} />
      </div>
    </div>
  );
}
