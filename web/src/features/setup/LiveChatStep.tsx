import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, MessageSquareText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Channel, Conversation, Page } from "@/api/types";
import { Avatar, Button, ErrorState } from "@/ui";
import { useChecklist } from "./checklist";
import { useEventSource } from "./events";
import { Title } from "./Frame";
import { MockSite } from "./MockSite";

/** The moment that convinces: write in the chat on the right, see it arrive on the left. */
export function LiveChatStep({ onNext, onFinish }: { onNext: () => void; onFinish: () => void }) {
  const { t } = useTranslation("setup");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const me = useMe();
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels") });
  const channel = channels.data?.data.find((c) => !!c.embed);
  const key = ["setup-conversations", channel?.id];
  const list = useQuery({ queryKey: key, queryFn: () => api.get<Page<Conversation>>(`/conversations?channel_id=${channel?.id}&limit=5`), enabled: !!channel });
  const [since] = useState(() => me?.cursor);
  const [arrived, setArrived] = useState<string | null>(null);
  const checklist = useChecklist();

  useEventSource(since ?? me?.cursor, (frame) => {
    if (frame.type !== "event" || !frame.conversation || frame.conversation.channel_id !== channel?.id) return;
    const conversation = frame.conversation;
    queries.setQueryData<Page<Conversation>>(key, (page) => ({
      next_cursor: page?.next_cursor ?? null,
      data: [conversation, ...(page?.data ?? []).filter((c) => c.id !== conversation.id)].slice(0, 5),
    }));
    if (frame.kind === "message.created" || frame.kind === "conversation.created") {
      setArrived(conversation.id);
      checklist.mark("chat");
    }
  });

  if (channels.isError) return <ErrorState title={t("chat.failed")} error={channels.error} onRetry={() => void channels.refetch()} />;
  const rows = list.data?.data ?? [];

  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,500px)] gap-8 max-lg:grid-cols-1">
      <section className="flex min-w-0 flex-col">
        <Title title={t("chat.title")} lead={t("chat.lead")} />
        <ol className="mb-5 flex flex-col gap-2 text-sm">
          <Step done={!!arrived} n={1} text={t("chat.step1")} />
          <Step done={!!arrived} n={2} text={t("chat.step2")} />
        </ol>
        <h2 className="mb-2 text-xs font-medium text-ink-3">{t("chat.inbox")}</h2>
        <div className="min-h-16 overflow-hidden rounded-lg border border-line bg-sheet" aria-live="polite">
          {channel && list.isSuccess && rows.length === 0 && (
            <div className="flex items-center gap-3 p-5 text-sm text-ink-3">
              <MessageSquareText className="size-5 shrink-0" aria-hidden />
              {t("chat.waiting")}
            </div>
          )}
          {rows.map((c) => (
            <a
              key={c.id}
              href={`/inbox/${c.id}`}
              onClick={(e) => {
                e.preventDefault();
                onFinish();
                void navigate({ to: "/inbox/$id", params: { id: c.id } });
              }}
              className={`flex items-center gap-3 border-b border-line p-3 last:border-b-0 hover:bg-hover focus-visible:-outline-offset-2 ${c.id === arrived ? "bg-accent-soft" : ""}`}
            >
              <Avatar name={c.contact?.name ?? t("chat.visitor")} id={c.contact_id ?? c.id} size={36} />
              <span className="min-w-0 flex-1">
                <span className="flex items-baseline gap-2">
                  <span className={`truncate text-sm ${c.unread_count ? "font-semibold" : ""}`}>{c.contact?.name ?? t("chat.visitor")}</span>
                  <span className="truncate text-xs text-ink-3">{c.channel_name}</span>
                </span>
                <span className="block truncate text-sm text-ink-2">{c.last_message_preview}</span>
              </span>
              {c.unread_count > 0 && (
                <span className="grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1.5 text-2xs font-semibold text-accent-fg tabular-nums">{c.unread_count}</span>
              )}
            </a>
          ))}
        </div>
        <div className="mt-6 flex flex-wrap gap-2">
          {arrived ? (
            <>
              <Button variant="primary" size="lg" onClick={onNext}>
                {t("next")}
              </Button>
              <Button
                size="lg"
                onClick={() => {
                  onFinish();
                  void navigate({ to: "/inbox/$id", params: { id: arrived } });
                }}
              >
                {t("chat.open")}
              </Button>
            </>
          ) : (
            <Button size="lg" onClick={onNext}>
              {t("chat.later")}
            </Button>
          )}
        </div>
      </section>
      <div className="min-w-0">{channel && <MockSite channel={channel.key} className="h-[640px] max-h-[calc(100dvh-120px)] min-h-[460px]" />}</div>
    </div>
  );
}

function Step({ n, text, done }: { n: number; text: string; done: boolean }) {
  return (
    <li className="flex items-center gap-2.5">
      <span className={`grid size-5 shrink-0 place-items-center rounded-full text-2xs font-semibold ${done ? "bg-good text-sheet" : "bg-press text-ink-2"}`} aria-hidden>
        {done ? <Check className="size-3" /> : n}
      </span>
      <span className="text-ink-2">{text}</span>
    </li>
  );
}
