import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Conversation, ConversationDetail, Message, Page } from "@/api/types";
import { date } from "@/lib/dates";
import { useDebounced } from "@/lib/use-debounced";
import { Button, Dialog, ErrorState, StatusIcon } from "@/ui";
import { useShaping } from "./use-shaping";

/** Where a message belongs: one click on a conversation moves it there, the person's other ones first. */
export default function MoveDialog({ message: m, onClose }: { message: Message; onClose: () => void }) {
  const { t, i18n } = useTranslation("shaping");
  const client = useQueryClient();
  const shaping = useShaping();
  const detail = client.getQueryData<ConversationDetail>(["conversation", m.conversation_id]);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState<string | null>(null);
  const asked = useDebounced(text.trim(), 200);
  const own = !asked && !!detail?.contact_id;
  const list = useQuery({
    queryKey: ["conversations-to-merge", m.conversation_id, asked],
    queryFn: () =>
      api.get<Page<Conversation>>(
        `/conversations?status=all&limit=30${detail ? `&channel_id=${detail.channel_id}` : ""}${own ? `&contact_id=${detail?.contact_id}` : ""}${asked ? `&text=${encodeURIComponent(asked)}` : ""}`,
      ),
    staleTime: 10_000,
  });
  const rows = (list.data?.data ?? []).filter((c) => c.id !== m.conversation_id);
  const move = async (to: Conversation) => {
    setBusy(to.id);
    const done = await shaping.move(m.conversation_id, [m.id], to);
    setBusy(null);
    if (done) onClose();
  };
  return (
    <Dialog open onOpenChange={(o) => !o && onClose()} title={t("move.title")} className="flex w-[min(560px,calc(100vw-24px))] flex-col">
      <p className="mb-3 text-sm text-ink-2">{t("move.lead")}</p>
      <label className="mb-2 flex h-9 items-center gap-2 rounded-sm border border-line-control bg-raised px-2.5 focus-within:outline-2 focus-within:outline-focus max-md:h-11">
        <Search className="size-4 shrink-0 text-ink-3" aria-hidden />
        <span className="sr-only">{t("merge.search")}</span>
        <input
          type="search"
          autoFocus
          value={text}
          onChange={(e) => setText(e.target.value)}
          placeholder={t("merge.search")}
          className="min-w-0 flex-1 bg-transparent text-sm outline-none placeholder:text-ink-3 max-md:text-[16px]"
        />
      </label>
      {own && rows.length > 0 && <p className="mb-1 text-xs text-ink-3">{t("merge.same", { name: detail?.contact?.name })}</p>}
      <div className="scroll -mx-2 max-h-[44vh] min-h-24 flex-1 overflow-y-auto">
        {list.isError ? (
          <ErrorState title={t("merge.failed")} error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <div aria-hidden className="space-y-2 px-2">
            <div className="skel h-12" />
            <div className="skel h-12" />
          </div>
        ) : rows.length === 0 ? (
          <p className="px-2 py-6 text-center text-sm text-ink-3">{t(asked ? "merge.noMatch" : "merge.none")}</p>
        ) : (
          <ul aria-label={t("move.candidates")}>
            {rows.map((c) => (
              <li key={c.id}>
                <button
                  type="button"
                  disabled={busy !== null}
                  onClick={() => void move(c)}
                  className="w-full rounded-sm px-2 py-2 text-start hover:bg-hover focus-visible:-outline-offset-2 disabled:opacity-60"
                >
                  <span className="flex items-baseline gap-2 text-sm">
                    <span className="min-w-0 flex-1 truncate font-medium">{c.subject || c.contact?.name || c.participants[0]?.address}</span>
                    <span className="tnum shrink-0 text-2xs text-ink-3">#{c.number}</span>
                    <time dateTime={c.last_message_at} className="shrink-0 text-2xs text-ink-3">
                      {date(c.last_message_at, i18n.language)}
                    </time>
                  </span>
                  <span className="flex items-center gap-1.5 text-xs text-ink-3">
                    <StatusIcon status={c.status} />
                    <span className="min-w-0 truncate">
                      {c.contact?.name && c.subject ? `${c.contact.name}: ` : ""}
                      {c.last_message_preview}
                    </span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="mt-4 flex justify-end">
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
      </div>
    </Dialog>
  );
}
