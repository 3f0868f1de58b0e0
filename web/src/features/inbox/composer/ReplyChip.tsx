import { Reply, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui";
import { useMessage } from "../data";

/** Above the words: which message they answer. */
export function ReplyChip({ conversationId, id, onClear }: { conversationId: string; id: string; onClear: () => void }) {
  const { t } = useTranslation("composer");
  const m = useMessage(conversationId, id);
  const name = m?.sender_name ?? m?.from ?? "";
  return (
    <p className="mx-2 mt-2 flex items-center gap-2 rounded-md border-s-2 border-accent bg-subtle ps-2.5 text-xs text-ink-2">
      <Reply className="size-3.5 shrink-0 text-ink-3" aria-hidden />
      <span className="min-w-0 flex-1 truncate">
        <span className="font-medium">{name ? t("answering", { name }) : t("answeringOne")}</span>{" "}
        <span className="text-ink-3">{m?.stripped_text || m?.text || m?.attachments.map((f) => f.name).join(", ")}</span>
      </span>
      <IconButton label={t("answeringClear")} size="sm" onClick={onClear}>
        <X aria-hidden />
      </IconButton>
    </p>
  );
}
