import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Conversation, ConversationDetail, Page } from "@/api/types";
import { date } from "@/lib/dates";
import { useDebounced } from "@/lib/use-debounced";
import { ErrorState, StatusIcon } from "@/ui";

interface Props {
  /** The one that is open; null while it is not known. */
  of: Pick<ConversationDetail, "id" | "channel_id" | "contact_id" | "contact"> | null;
  /** What is not offered. */
  except: string;
  label: string;
  /** One row: what is done with a conversation, around what it looks like. */
  row: (conversation: Conversation, looks: ReactNode) => ReactNode;
}

/** Finds other conversations of the same channel: the person's own ones first, or whatever is searched for. */
export function OtherConversations({ of, except, label, row }: Props) {
  const { t } = useTranslation("shaping");
  const [text, setText] = useState("");
  const asked = useDebounced(text.trim(), 200);
  const own = !asked && !!of?.contact_id;
  const list = useQuery({
    queryKey: ["conversations-to-merge", except, asked],
    queryFn: () => {
      const q = new URLSearchParams({ status: "all", limit: "30" });
      if (of) q.set("channel_id", of.channel_id);
      if (own && of?.contact_id) q.set("contact_id", of.contact_id);
      if (asked) q.set("text", asked);
      return api.get<Page<Conversation>>(`/conversations?${q}`);
    },
    staleTime: 10_000,
  });
  const rows = (list.data?.data ?? []).filter((c) => c.id !== except);
  return (
    <>
      <label className="mb-2 flex h-9 items-center gap-2 rounded-sm border border-line-control bg-raised px-2.5 focus-within:outline-2 focus-within:outline-focus max-md:h-11">
        <Search className="size-4 shrink-0 text-ink-3" aria-hidden />
        <span className="sr-only">{t("merge.search")}</span>
        <input
          type="search"
          value={text}
          onChange={(e) => setText(e.target.value)}
          placeholder={t("merge.search")}
          className="min-w-0 flex-1 bg-transparent text-sm outline-none placeholder:text-ink-3 max-md:text-[16px]"
        />
      </label>
      {own && rows.length > 0 && <p className="mb-1 text-xs text-ink-3 [overflow-wrap:anywhere]">{t("merge.same", { name: of?.contact?.name })}</p>}
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
          <ul aria-label={label}>
            {rows.map((c) => (
              <li key={c.id}>{row(c, <Looks conversation={c} />)}</li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

function Looks({ conversation: c }: { conversation: Conversation }) {
  const { i18n } = useTranslation();
  return (
    <span className="block min-w-0 flex-1">
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
  );
}
