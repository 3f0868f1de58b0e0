import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, ConversationDetail, Message } from "@/api/types";
import { Button, Dialog } from "@/ui";
import { OtherConversations } from "./OtherConversations";
import { useShaping } from "./use-shaping";

/** Where a message belongs: one click on a conversation moves it there, the person's other ones first. */
export default function MoveDialog({ message: m, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation("shaping");
  const client = useQueryClient();
  const shaping = useShaping();
  const detail = client.getQueryData<ConversationDetail>(["conversation", m.conversation_id]);
  const [busy, setBusy] = useState(false);
  const move = async (to: Conversation) => {
    setBusy(true);
    const done = await shaping.move(m.conversation_id, [m.id], to);
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog open onOpenChange={(o) => !o && onClose()} title={t("move.title")} className="flex w-[min(560px,calc(100vw-24px))] flex-col">
      <p className="mb-3 text-sm text-ink-2">{t("move.lead")}</p>
      <OtherConversations
        of={detail ?? null}
        except={m.conversation_id}
        label={t("move.candidates")}
        row={(c, looks) => (
          <button
            type="button"
            disabled={busy}
            onClick={() => void move(c)}
            className="w-full rounded-sm px-2 py-2 text-start hover:bg-hover focus-visible:-outline-offset-2 disabled:opacity-60"
          >
            {looks}
          </button>
        )}
      />
      <div className="mt-4 flex justify-end">
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
      </div>
    </Dialog>
  );
}
