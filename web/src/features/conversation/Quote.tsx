import { useNavigate } from "@tanstack/react-router";
import { CornerUpLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { useMessage } from "@/features/inbox/data";

/** Above a message: the one it answers. Leads there. */
export function Quote({ message: m }: { message: Message }) {
  const { t } = useTranslation("thread");
  const navigate = useNavigate();
  const answered = useMessage(m.conversation_id, m.reply_to_id);
  const name = answered ? (answered.sender_name ?? answered.from ?? "") : t("quote.gone");
  const words = answered ? (answered.stripped_text ?? answered.text) || answered.attachments.map((f) => f.name).join(", ") : "";
  const show = () => {
    const there = m.reply_to_id ? document.getElementById(m.reply_to_id) : null;
    if (!there) {
      void navigate({ to: ".", search: ((now: object) => ({ ...now, message: m.reply_to_id })) as never });
      return;
    }
    there.scrollIntoView({ block: "center", behavior: "smooth" });
    delete there.dataset.flash;
    requestAnimationFrame(() => {
      there.dataset.flash = "";
    });
  };
  return (
    <button
      type="button"
      onClick={show}
      className="mb-1.5 flex max-w-full items-center gap-1.5 rounded-sm border-s-2 border-line-strong bg-hover py-1 ps-2 pe-2.5 text-start text-xs text-ink-2 hover:bg-press"
    >
      <CornerUpLeft className="size-3 shrink-0 text-ink-3" aria-hidden />
      <span className="sr-only">{t("quote.of", { name })}</span>
      <span aria-hidden className="max-w-32 shrink-0 truncate font-medium">
        {name}
      </span>
      {words && <span className="min-w-0 truncate text-ink-3">{words}</span>}
    </button>
  );
}
