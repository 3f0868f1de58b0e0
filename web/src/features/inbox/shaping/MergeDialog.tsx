import { useQuery } from "@tanstack/react-query";
import { Check, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Conversation, ConversationDetail, Page } from "@/api/types";
import { cn } from "@/lib/cn";
import { date } from "@/lib/dates";
import { useDebounced } from "@/lib/use-debounced";
import { Button, Dialog, ErrorState, StatusIcon } from "@/ui";
import { useShaping } from "./use-shaping";

/** Chooses what is put into this conversation: the person's other ones first, or whatever is searched for. */
export default function MergeDialog({ detail, onClose }: { detail: ConversationDetail; onClose: () => void }) {
  const { t, i18n } = useTranslation("shaping");
  const shaping = useShaping();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const asked = useDebounced(text.trim(), 200);
  const own = !asked && !!detail.contact_id;
  const list = useQuery({
    queryKey: ["conversations-to-merge", detail.id, asked],
    queryFn: () =>
      api.get<Page<Conversation>>(
        `/conversations?status=all&limit=30&channel_id=${detail.channel_id}${own ? `&contact_id=${detail.contact_id}` : ""}${asked ? `&text=${encodeURIComponent(asked)}` : ""}`,
      ),
    staleTime: 10_000,
  });
  const rows = (list.data?.data ?? []).filter((c) => c.id !== detail.id);
  const toggle = (id: string) => setChosen((now) => (now.includes(id) ? now.filter((x) => x !== id) : [...now, id].slice(-20)));
  const merge = async () => {
    setBusy(true);
    const done = await shaping.merge(detail.id, chosen);
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog open onOpenChange={(o) => !o && onClose()} title={t("merge.title", { number: detail.number })} className="flex w-[min(560px,calc(100vw-24px))] flex-col">
      <p className="mb-3 text-sm text-ink-2">{t("merge.lead")}</p>
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
      {own && rows.length > 0 && <p className="mb-1 text-xs text-ink-3">{t("merge.same", { name: detail.contact?.name })}</p>}
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
          <ul aria-label={t("merge.candidates")}>
            {rows.map((c) => {
              const on = chosen.includes(c.id);
              return (
                <li key={c.id}>
                  <label
                    className={cn(
                      "flex cursor-pointer items-start gap-3 rounded-sm px-2 py-2 has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus",
                      on ? "bg-accent-soft" : "hover:bg-hover",
                    )}
                  >
                    <input type="checkbox" className="sr-only" checked={on} onChange={() => toggle(c.id)} />
                    <span
                      aria-hidden
                      className={cn(
                        "mt-0.5 grid size-4 shrink-0 place-items-center rounded-xs border",
                        on ? "border-accent bg-accent text-accent-fg" : "border-line-control bg-raised",
                      )}
                    >
                      {on && <Check className="size-3" strokeWidth={3} />}
                    </span>
                    <span className="min-w-0 flex-1">
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
                    </span>
                  </label>
                </li>
              );
            })}
          </ul>
        )}
      </div>
      <div className="mt-4 flex justify-end gap-2">
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button variant="primary" disabled={!chosen.length} loading={busy} onClick={() => void merge()}>
          {t("merge.do", { count: chosen.length })}
        </Button>
      </div>
    </Dialog>
  );
}
