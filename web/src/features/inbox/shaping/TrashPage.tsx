import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Conversation, Page, TrashedConversation } from "@/api/types";
import { ago, date } from "@/lib/dates";
import { Button, ChannelDisc, EmptyState, ErrorState, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { placeConversation, recount } from "../cache";

/** Deleted conversations, until thirty days are over. */
export function TrashPage() {
  const { t, i18n } = useTranslation("shaping");
  const client = useQueryClient();
  const [asking, ask] = useState<TrashedConversation | null>(null);
  const list = useInfiniteQuery({
    queryKey: ["trash"],
    queryFn: ({ pageParam }) => api.get<Page<TrashedConversation>>(`/trash?limit=50${pageParam ? `&cursor=${pageParam}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
  useEffect(() => {
    document.title = `${t("trash.title")} · Switchboard`;
  }, [t]);
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const restore = async (row: TrashedConversation) => {
    try {
      placeConversation(client, await api.post<Conversation>(`/conversations/${row.conversation.id}/restore`));
      toast(t("trash.restored"));
    } catch {
      toast.error(t("failed"));
    }
    recount(client);
    void client.invalidateQueries({ queryKey: ["trash"] });
  };
  const name = (c: Conversation) => c.contact?.name ?? c.participants[0]?.name ?? c.participants[0]?.address ?? `#${c.number}`;
  return (
    <div className="scroll h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-[880px] px-8 py-7 max-md:px-4 max-md:py-4">
        <h1 className="text-lg font-semibold tracking-[-0.015em]">{t("trash.title")}</h1>
        <p className="mt-1 mb-6 text-sm text-ink-2">{t("trash.lead")}</p>
        {list.isError ? (
          <ErrorState title={t("trash.failed")} error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <div aria-hidden className="space-y-3">
            <div className="skel h-16" />
            <div className="skel h-16" />
          </div>
        ) : rows.length === 0 ? (
          <EmptyState icon={Trash2} text={t("trash.empty")} />
        ) : (
          <ul className="divide-y divide-line rounded-lg border border-line bg-raised" aria-label={t("trash.title")}>
            {rows.map((row) => (
              <li key={row.conversation.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
                <ChannelDisc channel={row.conversation.channel} provider={row.conversation.provider} size={20} />
                <div className="min-w-0 flex-1 basis-56">
                  <p className="truncate text-sm font-medium">
                    {name(row.conversation)}
                    {row.conversation.subject && <span className="font-normal text-ink-3"> · {row.conversation.subject}</span>}
                  </p>
                  <p className="truncate text-xs text-ink-3">{row.conversation.last_message_preview}</p>
                  <p className="mt-0.5 text-2xs text-ink-3">{t("trash.when", { ago: ago(row.deleted_at, i18n.language), date: date(row.gone_at, i18n.language) })}</p>
                </div>
                <span className="ms-auto flex shrink-0 gap-1">
                  <Button size="sm" onClick={() => void restore(row)}>
                    {t("trash.restore")}
                  </Button>
                  <Button size="sm" variant="ghost" onClick={() => ask(row)} aria-label={t("trash.purgeOne", { name: name(row.conversation) })}>
                    {t("trash.purge")}
                  </Button>
                </span>
              </li>
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button className="mx-auto mt-4 flex" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("more")}
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={!!asking}
        onOpenChange={(open) => !open && ask(null)}
        title={t("trash.purgeTitle", { name: asking ? name(asking.conversation) : "" })}
        text={t("trash.purgeText")}
        confirm={t("trash.purge")}
        danger
        onConfirm={async () => {
          if (!asking) return;
          await api.delete(`/trash/${asking.conversation.id}`);
          await client.invalidateQueries({ queryKey: ["trash"] });
          toast(t("trash.purged"));
        }}
      />
    </div>
  );
}
