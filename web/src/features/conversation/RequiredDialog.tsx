import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail } from "@/api/types";
import { useActs } from "@/features/inbox/data";
import { useAttributes } from "@/lib/attributes";
import { Button, Dialog, ErrorState, Skeleton } from "@/ui";
import { AttributeFields } from "@/ui/AttributeFields";

/** What a conversation needs before it is closed, to be filled in here; then it is closed. */
export default function RequiredDialog({ detail: c, sub, onClose }: { detail: ConversationDetail; sub: string | null; onClose: () => void }) {
  const { t } = useTranslation("attributes");
  const acts = useActs();
  const [busy, setBusy] = useState(false);
  const definitions = useAttributes("conversation");
  const needed = definitions.data?.filter((d) => d.required_on_close);
  const complete = needed?.every((d) => (c.custom_attributes[d.key] ?? null) !== null) ?? false;
  const close = async () => {
    setBusy(true);
    // What else is asked for meanwhile appears here; it stays open until nothing is.
    const done = await acts.setStatus([c.id], "resolved", undefined, sub);
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("close.title")}>
      <p className="mb-3 text-sm text-ink-2">{t("close.text")}</p>
      {needed ? (
        <AttributeFields definitions={needed} values={c.custom_attributes} onSave={(key, value) => acts.setAttribute(c.id, key, value)} />
      ) : definitions.isError ? (
        <ErrorState title={t("loadFailed")} error={definitions.error} onRetry={() => void definitions.refetch()} />
      ) : (
        <div className="flex flex-col gap-2">
          <Skeleton className="h-4 w-32" />
          <Skeleton className="h-5 w-full" />
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button variant="primary" disabled={!complete || definitions.isFetching} loading={busy} onClick={() => void close()}>
          {t("close.do")}
        </Button>
      </div>
    </Dialog>
  );
}
