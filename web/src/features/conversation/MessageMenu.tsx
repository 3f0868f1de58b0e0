import { Copy, FileCode2, Info, MoreHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import type { Message } from "@/api/types";
import { useActs, useMe } from "@/features/inbox/data";
import { Drawer, ErrorState, IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";

/** What one can do with, and learn about, a single message. */
export function MessageMenu({ message: m }: { message: Message }) {
  const { t } = useTranslation("thread");
  const me = useMe();
  const acts = useActs();
  const [source, showSource] = useState(false);
  const [deleting, askToDelete] = useState(false);
  const own = m.is_note && m.sender_id === me?.member_id;
  return (
    <>
      <Menu.Root>
        <Menu.Trigger asChild>
          <IconButton size="sm" label={t("menu.label")}>
            <MoreHorizontal />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          <Menu.Item onSelect={() => void navigator.clipboard.writeText(m.text).then(() => toast(t("menu.copied")))}>
            <Copy className="size-4" aria-hidden /> {t("menu.copy")}
          </Menu.Item>
          {m.direction === "inbound" && (
            <Menu.Item onSelect={() => showSource(true)}>
              <FileCode2 className="size-4" aria-hidden /> {t("menu.source")}
            </Menu.Item>
          )}
          {m.thread_reason && (
            <Menu.Item onSelect={() => toast(t("menu.because", { reason: m.thread_reason }))}>
              <Info className="size-4" aria-hidden /> {t("menu.why")}
            </Menu.Item>
          )}
          {own && (
            <Menu.Item onSelect={() => askToDelete(true)}>
              <Trash2 className="size-4" aria-hidden /> {t("menu.deleteNote")}
            </Menu.Item>
          )}
        </Menu.Content>
      </Menu.Root>
      <Drawer open={source} onOpenChange={showSource} title={t("menu.source")}>
        {source && <Source id={m.id} />}
      </Drawer>
      {own && (
        <ConfirmDialog
          open={deleting}
          onOpenChange={askToDelete}
          title={t("menu.deleteNoteTitle")}
          text={t("menu.deleteNoteText")}
          confirm={t("menu.deleteNote")}
          danger
          onConfirm={() => acts.deleteNote(m)}
        />
      )}
    </>
  );
}

function Source({ id }: { id: string }) {
  const { t } = useTranslation("thread");
  const query = useQuery({
    queryKey: ["source", id],
    queryFn: async () => {
      const answer = await fetch(`/api/v1/messages/${id}/source`);
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    },
    retry: false,
  });
  if (query.isError) return <ErrorState title={t("menu.sourceFailed")} error={query.error} onRetry={() => void query.refetch()} />;
  return <pre className="scroll overflow-x-auto text-xs whitespace-pre-wrap text-ink-2">{query.data ?? "…"}</pre>;
}
