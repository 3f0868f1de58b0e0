import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail } from "@/api/types";
import { useActs } from "@/features/inbox/data";
import { useAttributes } from "@/lib/attributes";
import { Button, Dialog } from "@/ui";
import { AttributeFields } from "@/ui/AttributeFields";

/** What a conversation needs before it is closed, to be filled in here; then it is closed. */
export default function RequiredDialog({ detail: c, sub, onClose }: { detail: ConversationDetail; sub: string | null; onClose: () => void }) {
  const { t } = useTranslation("attributes");
  const acts = useActs();
  const [busy, setBusy] = useState(false);
  const needed = (useAttributes("conversation").data ?? []).filter((d) => d.required_on_close);
  const missing = needed.some((d) => c.custom_attributes[d.key] === undefined || c.custom_attributes[d.key] === null);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("close.title")}>
      <p className="mb-3 text-sm text-ink-2">{t("close.text")}</p>
      <AttributeFields definitions={needed} values={c.custom_attributes} onSave={(key, value) => acts.setAttribute(c.id, key, value)} />
      <div className="mt-5 flex justify-end gap-2">
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button
          variant="primary"
          disabled={missing}
          loading={busy}
          onClick={async () => {
            setBusy(true);
            await acts.setStatus([c.id], "resolved", undefined, sub);
            onClose();
          }}
        >
          {t("close.do")}
        </Button>
      </div>
    </Dialog>
  );
}
