import { CalendarClock, MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail, Message } from "@/api/types";
import { Button, IconButton, Menu } from "@/ui";
import { SnoozeDialog } from "../composer/SnoozeDialog";
import { useMe } from "../data";
import { waiting } from "./later";
import { useScheduled } from "./use-scheduled";

/** What waits for its day in this conversation, above the place to write. */
export function ScheduledList({ detail }: { detail: ConversationDetail }) {
  const { t } = useTranslation("composer");
  const items = waiting(detail.scheduled ?? [], detail.messages);
  if (!items.length) return null;
  return (
    <ul aria-label={t("queue.label")} className="scroll mb-2 flex max-h-48 flex-col gap-2 overflow-y-auto">
      {items.map((m) => (
        <li key={m.id} className="rounded-lg border border-dashed border-line-strong bg-subtle px-3.5 py-2">
          <p className="line-clamp-2 text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
            {m.stripped_text || m.text || m.attachments.map((f) => f.name).join(", ") || t("queue.filesOnly")}
          </p>
          <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1">
            <ScheduledTime message={m} />
            <span className="ms-auto flex shrink-0 gap-1">
              <ScheduledActions message={m} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

export function ScheduledTime({ message: m }: { message: Message }) {
  const { t } = useTranslation("composer");
  const me = useMe();
  const { time, later } = useScheduled();
  return (
    <p className="flex min-w-0 items-center gap-1.5 text-xs text-ink-2">
      <CalendarClock className="size-3.5 shrink-0 text-ink-3" aria-hidden />
      <span className="[overflow-wrap:anywhere]">
        {t("queue.time", { time: time(m) })}
        {later(m).unlessReply && `, ${t("queue.unless")}`}
        {m.sender_id !== me?.member_id && m.sender_name && ` · ${t("queue.by", { name: m.sender_name })}`}
      </span>
    </p>
  );
}

export function ScheduledActions({ message: m }: { message: Message }) {
  const { t } = useTranslation("composer");
  const acts = useScheduled();
  const [moving, setMoving] = useState(false);
  return (
    <>
      <Button variant="ghost" size="sm" onClick={() => void acts.edit(m)}>
        {t("queue.edit")}
      </Button>
      <Menu.Root>
        <Menu.Trigger asChild>
          <IconButton size="sm" label={t("queue.more")}>
            <MoreHorizontal />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          <Menu.Item onSelect={() => void acts.sendNow(m)}>{t("queue.now")}</Menu.Item>
          <Menu.Item onSelect={() => setMoving(true)}>{t("queue.change")}</Menu.Item>
          <Menu.Item danger onSelect={() => void acts.cancel(m)}>
            {t("queue.cancel")}
          </Menu.Item>
        </Menu.Content>
      </Menu.Root>
      <SnoozeDialog
        open={moving}
        onOpenChange={setMoving}
        title={t("queue.changeTitle")}
        confirm={t("queue.changeDo")}
        onPick={(at) => {
          setMoving(false);
          void acts.move(m, at);
        }}
      />
    </>
  );
}
