import { Copy, FolderInput, FileCode2, Forward, History, Info, MoreHorizontal, Pencil, Pin, PinOff, Reply, Split, Trash2, Undo2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { ApiError, api } from "@/api/client";
import type { Attempt, Message, Page } from "@/api/types";
import { bus, writeBeside } from "@/features/inbox/bus";
import { useActs, useDescriptor, useMe } from "@/features/inbox/data";
import { useShaping } from "@/features/inbox/shaping/use-shaping";
import { dateTime } from "@/lib/dates";
import { Button, Dialog, Drawer, ErrorState, IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { AreaField } from "@/ui/form";

const MessageSource = lazy(() => import("./MessageSource"));
const MoveDialog = lazy(() => import("@/features/inbox/shaping/MoveDialog"));
const SplitDialog = lazy(() => import("@/features/inbox/shaping/SplitDialog"));
const EMOJI = ["👍", "❤️", "😂", "😮", "🙏", "✅"] as const;

/** Once the menu has given the focus back. */
const later = (work: () => void) => void setTimeout(work);

/** What one can do with, and learn about, a single message. */
export function MessageMenu({ message: m, provider }: { message: Message; provider?: string }) {
  const { t } = useTranslation(["thread", "shaping"]);
  const me = useMe();
  const acts = useActs();
  const [source, showSource] = useState(false);
  const [attempts, showAttempts] = useState(false);
  const [editing, setEditing] = useState(false);
  const [takingBack, setTakingBack] = useState(false);
  const [splitting, setSplitting] = useState(false);
  const [moving, setMoving] = useState(false);
  const shaping = useShaping();
  const [deleting, askToDelete] = useState(false);
  const own = m.is_note && m.sender_id === me?.member_id;
  const can = useDescriptor(provider ?? "")?.capabilities;
  const left = m.direction === "outbound" && !m.is_note && !m.is_deleted && ["sent", "delivered", "read"].includes(m.status);
  const mine = m.reactions.find((r) => r.by === `member:${me?.member_id}` || r.by === me?.member_id);
  const refused = (e: unknown) => void toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("menu.failed"));
  const react = (emoji: string | null) => void api.post(`/messages/${m.id}/reactions`, { emoji }).catch(refused);
  return (
    <>
      <Menu.Root>
        <Menu.Trigger asChild>
          <IconButton size="sm" label={t("menu.label")}>
            <MoreHorizontal />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          {m.aside_id && !m.is_deleted && (
            <Menu.Item onSelect={() => later(() => writeBeside({ conversationId: m.conversation_id, as: "answer", messageId: m.id }))}>
              <Reply className="size-4" aria-hidden />{" "}
              {t("menu.answer", { name: m.direction === "inbound" ? (m.sender_name ?? m.from ?? "") : (m.to[0]?.name ?? m.to[0]?.address ?? "") })}
            </Menu.Item>
          )}
          {!m.aside_id && !m.is_note && !m.is_deleted && can && !can.inbound_only && (
            <Menu.Item onSelect={() => later(() => bus.emit("replyTo", { conversationId: m.conversation_id, messageId: m.id }))}>
              <Reply className="size-4" aria-hidden /> {t("menu.replyTo")}
            </Menu.Item>
          )}
          {!m.is_note && !m.is_deleted && m.status !== "cancelled" && (
            <Menu.Item onSelect={() => later(() => writeBeside({ conversationId: m.conversation_id, as: "forward", messageId: m.id }))}>
              <Forward className="size-4" aria-hidden /> {t("menu.forward")}
            </Menu.Item>
          )}
          <Menu.Item onSelect={() => void navigator.clipboard.writeText(m.text).then(() => toast(t("menu.copied")))}>
            <Copy className="size-4" aria-hidden /> {t("menu.copy")}
          </Menu.Item>
          {can?.reactions && !m.is_note && !m.is_deleted && (
            <div className="flex gap-0.5 px-1.5 py-1" role="group" aria-label={t("menu.react")}>
              {EMOJI.map((emoji) => (
                <Menu.Item key={emoji} className="px-1.5 text-base" onSelect={() => react(mine?.emoji === emoji ? null : emoji)} aria-label={`${t("menu.react")} ${emoji}`}>
                  {emoji}
                </Menu.Item>
              ))}
            </div>
          )}
          {m.is_note && (
            <Menu.Item onSelect={() => void shaping.pin(m, !m.pinned_at)}>
              {m.pinned_at ? <PinOff className="size-4" aria-hidden /> : <Pin className="size-4" aria-hidden />} {t(m.pinned_at ? "shaping:pin.unpin" : "shaping:pin.pin")}
            </Menu.Item>
          )}
          {own && (
            <Menu.Item onSelect={() => setEditing(true)}>
              <Pencil className="size-4" aria-hidden /> {t("menu.editNote")}
            </Menu.Item>
          )}
          {can?.edits && left && (
            <Menu.Item onSelect={() => setEditing(true)}>
              <Pencil className="size-4" aria-hidden /> {t("menu.edit")}
            </Menu.Item>
          )}
          {can?.deletes && left && (
            <Menu.Item onSelect={() => setTakingBack(true)}>
              <Undo2 className="size-4" aria-hidden /> {t("menu.takeBack")}
            </Menu.Item>
          )}
          {m.direction === "outbound" && !m.is_note && (
            <Menu.Item onSelect={() => showAttempts(true)}>
              <History className="size-4" aria-hidden /> {t("menu.attempts")}
            </Menu.Item>
          )}
          {m.direction === "inbound" && (
            <Menu.Item onSelect={() => showSource(true)}>
              <FileCode2 className="size-4" aria-hidden /> {t("menu.source")}
            </Menu.Item>
          )}
          {can && !can.continuous && !m.is_note && m.status !== "cancelled" && (
            <Menu.Item onSelect={() => setSplitting(true)}>
              <Split className="size-4" aria-hidden /> {t("shaping:split.title")}…
            </Menu.Item>
          )}
          {can && !can.continuous && m.status !== "cancelled" && !m.is_deleted && (
            <Menu.Item onSelect={() => setMoving(true)}>
              <FolderInput className="size-4" aria-hidden /> {t("shaping:move.title")}…
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
      <Suspense fallback={null}>{moving && <MoveDialog message={m} onClose={() => setMoving(false)} />}</Suspense>
      <Suspense fallback={null}>{splitting && <SplitDialog message={m} onClose={() => setSplitting(false)} />}</Suspense>
      {editing && <EditDialog message={m} onClose={() => setEditing(false)} />}
      <ConfirmDialog
        open={takingBack}
        onOpenChange={setTakingBack}
        title={t("menu.takeBackAsk")}
        text={t("menu.takeBackText")}
        confirm={t("menu.takeBack")}
        danger
        onConfirm={async () => {
          await api.post(`/messages/${m.id}/take-back`, {});
          toast(t("menu.takenBack"));
        }}
      />
      <Drawer open={attempts} onOpenChange={showAttempts} title={t("menu.attempts")}>
        {attempts && <Attempts id={m.id} />}
      </Drawer>
      <Drawer open={source} onOpenChange={showSource} title={t("menu.source")}>
        <Suspense fallback={<div className="skel h-40" />}>{source && <MessageSource message={m} />}</Suspense>
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

function EditDialog({ message: m, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation("thread");
  const [text, setText] = useState(m.text);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const save = async () => {
    setBusy(true);
    try {
      await api.patch(`/messages/${m.id}`, { text: text.trim() });
      onClose();
    } catch (e) {
      setError((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("menu.failed"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t(m.is_note ? "menu.editNote" : "menu.editTitle")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <AreaField label={t("menu.editText")} hideLabel value={text} onChange={setText} rows={5} error={error} autoFocus />
        <div className="flex justify-end">
          <Button type="submit" variant="primary" loading={busy} disabled={!text.trim() || text.trim() === m.text}>
            {t("menu.editSave")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Every try to send a message, with the provider's words. */
function Attempts({ id }: { id: string }) {
  const { t, i18n } = useTranslation("thread");
  const list = useQuery({ queryKey: ["attempts", id], queryFn: () => api.get<Page<Attempt>>(`/messages/${id}/attempts`), retry: false });
  if (list.isError) return <ErrorState title={t("menu.attemptsFailed")} error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data?.data.length === 0) return <p className="text-sm text-ink-3">{t("menu.attemptsNone")}</p>;
  return (
    <ol className="divide-y divide-line rounded-md border border-line">
      {list.data?.data.map((a) => (
        <li key={`${a.attempt}-${a.at}`} className="px-3 py-2.5 text-sm">
          <span className="flex gap-3 text-xs text-ink-3">
            <span className="font-medium text-ink-2">{t(`menu.outcome.${a.outcome}`, { defaultValue: a.outcome })}</span>
            <time className="ms-auto tabular-nums" dateTime={a.at}>
              {dateTime(a.at, i18n.language)}
            </time>
          </span>
          <span className="[overflow-wrap:anywhere]">{a.detail}</span>
        </li>
      ))}
    </ol>
  );
}
