import { Clock, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, toast } from "@/ui";
import type { Waiting } from "./queue";
import { forget, keep, useShelf } from "./runner";

interface Props {
  conversationId: string;
  member: string;
  onEdit: (item: Waiting) => void;
}

/** What was written here and has not reached the server. */
export function OutboxList({ conversationId, member, onEdit }: Props) {
  const { t } = useTranslation("composer");
  const items = useShelf((s) => s.items).filter((i) => i.conversation_id === conversationId && i.member === member);
  if (!items.length) return null;
  const words = (item: Waiting, i: number) => {
    if (item.problem) return `${t("outbox.held")}. ${item.problem.detail}`;
    if (items.slice(0, i).some((before) => before.problem)) return t("outbox.behind");
    return t(item.kind === "note" ? "outbox.noteWaiting" : "outbox.waiting");
  };
  const discard = (item: Waiting) => {
    forget(item.key);
    toast(t("outbox.discarded"), { action: { label: t("outbox.undo"), onClick: () => keep(item) } });
  };
  return (
    <ul aria-label={t("outbox.label")} className="scroll mb-2 flex max-h-56 flex-col gap-2 overflow-y-auto">
      {items.map((item, i) => (
        <li key={item.key} className={`rounded-lg border px-3.5 py-2.5 ${item.kind === "note" ? "border-note-line bg-note" : "border-line bg-subtle"}`}>
          <p className="line-clamp-3 text-base whitespace-pre-wrap [overflow-wrap:anywhere]">{String(item.body.text || t("outbox.filesOnly"))}</p>
          <div className="mt-1.5 flex flex-wrap items-center gap-x-1 gap-y-1.5">
            <p role="status" className={`flex min-w-0 flex-1 basis-40 items-center gap-1.5 text-xs ${item.problem ? "font-medium text-bad" : "text-ink-2"}`}>
              {item.problem ? <TriangleAlert className="size-3.5 shrink-0" aria-hidden /> : <Clock className="size-3.5 shrink-0" aria-hidden />}
              <span className="[overflow-wrap:anywhere]">{words(item, i)}</span>
            </p>
            <span className="ms-auto flex shrink-0 gap-1">
              {item.problem && (
                <Button
                  variant="outline"
                  size="sm"
                  onClick={() => {
                    const { seen_message_count: _seen, ...body } = item.body;
                    keep({ ...item, body: item.problem?.code === "conversation.changed" ? body : item.body, problem: undefined });
                  }}
                >
                  {t(item.problem.code === "conversation.changed" ? "outbox.anyway" : "outbox.tryAgain")}
                </Button>
              )}
              <Button
                variant="ghost"
                size="sm"
                onClick={() => {
                  forget(item.key);
                  onEdit(item);
                }}
              >
                {t("outbox.edit")}
              </Button>
              <Button variant="ghost" size="sm" onClick={() => discard(item)}>
                {t("outbox.discard")}
              </Button>
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
