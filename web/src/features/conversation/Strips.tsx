import { Ban, ChevronDown, Pin, PinOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail, Message } from "@/api/types";
import { pinnedOf, useShaping } from "@/features/inbox/shaping/use-shaping";
import { Button, IconButton } from "@/ui";

/** What stands above the messages: that the person is blocked, and the notes that were pinned. */
export function Strips({ detail }: { detail: ConversationDetail }) {
  const { t } = useTranslation("shaping");
  const shaping = useShaping();
  const notes = pinnedOf(detail.pinned ?? [], detail.messages);
  const contact = detail.contact;
  return (
    <>
      {contact?.blocked && (
        <p role="status" className="flex items-center gap-2 border-b border-line bg-warn-soft py-1.5 ps-6 pe-3 text-xs text-warn max-md:ps-3">
          <Ban className="size-4 shrink-0" aria-hidden />
          <span className="min-w-0 flex-1">{t("block.banner", { name: contact.name })}</span>
          <Button size="sm" variant="ghost" onClick={() => void shaping.unblock(contact.id, detail.id)}>
            {t("block.unblock")}
          </Button>
        </p>
      )}
      {notes.length > 0 && (
        <ul aria-label={t("pin.label")} className="scroll max-h-40 shrink-0 overflow-y-auto border-b border-note-line bg-note">
          {notes.map((m) => (
            <PinnedNote key={m.id} message={m} />
          ))}
        </ul>
      )}
    </>
  );
}

function PinnedNote({ message: m }: { message: Message }) {
  const { t } = useTranslation("shaping");
  const shaping = useShaping();
  const [open, setOpen] = useState(false);
  const long = m.text.length > 90 || m.text.includes("\n");
  return (
    <li className="flex items-center gap-2 py-1 ps-6 pe-3 text-sm not-first:border-t not-first:border-note-line max-md:ps-3">
      <Pin className="size-3.5 shrink-0 text-note-ink" aria-hidden />
      <p className={`min-w-0 flex-1 py-1 text-ink [overflow-wrap:anywhere] ${open ? "whitespace-pre-wrap" : "truncate"}`}>
        {m.text} <span className="text-2xs text-note-ink">{m.sender_name}</span>
      </p>
      {long && (
        <IconButton size="sm" label={t(open ? "pin.less" : "pin.show")} aria-expanded={open} onClick={() => setOpen(!open)}>
          <ChevronDown className={open ? "rotate-180" : ""} />
        </IconButton>
      )}
      <IconButton size="sm" label={t("pin.unpin")} onClick={() => void shaping.pin(m, false)}>
        <PinOff />
      </IconButton>
    </li>
  );
}
