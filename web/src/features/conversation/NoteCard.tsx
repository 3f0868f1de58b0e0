import { Lock, Pin } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { Avatar } from "@/ui";
import { timeOf } from "./group";
import { MessageMenu } from "./MessageMenu";
import { Words } from "./Words";

/** For the team's eyes only; nothing else is this yellow. */
export function NoteCard({ message: m }: { message: Message }) {
  const { t, i18n } = useTranslation("thread");
  return (
    <article id={m.id} className="flash rounded-lg border border-note-line bg-note p-3.5">
      <header className="flex items-center gap-2.5">
        <Avatar name={m.sender_name ?? "?"} id={m.sender_id ?? ""} size={28} />
        <bdi className="truncate text-sm font-semibold text-ink">{m.sender_name}</bdi>
        <span className="flex shrink-0 items-center gap-1 text-xs text-note-ink">
          <Lock className="size-3" aria-hidden /> {t("note")}
        </span>
        {m.pinned_at && <Pin className="size-3 shrink-0 text-note-ink" aria-label={t("pinned")} />}
        {m.edited_at && <span className="shrink-0 text-2xs text-note-ink">{t("said.edited")}</span>}
        <time dateTime={timeOf(m)} className="ms-auto shrink-0 text-2xs tabular-nums text-note-ink">
          {new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" }).format(new Date(timeOf(m)))}
        </time>
        <MessageMenu message={m} />
      </header>
      <div className="mt-1 ps-9.5 text-base text-ink">
        <Words text={m.text} />
      </div>
    </article>
  );
}
