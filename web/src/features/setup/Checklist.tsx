import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, useEvents, useMe } from "@/api/client";
import type { Channel, Conversation, Page } from "@/api/types";
import { invitationsQuery, membersQuery } from "@/lib/all-pages";
import { may } from "@/lib/may";
import { IconButton } from "@/ui";
import { type ChecklistItem, useChecklist } from "./checklist";

/** Five first things to try; goes away when all are done or when it is put away. */
export function Checklist() {
  const me = useMe();
  if (!may(me, "workspace.manage") || (me?.preferences.checklist as { hidden?: boolean } | undefined)?.hidden) return null;
  return <Items />;
}

function Items() {
  const { t } = useTranslation("setup");
  const me = useMe();
  const { state, mark } = useChecklist();
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels") });
  const members = useQuery(membersQuery);
  const invitations = useQuery(invitationsQuery);
  const chat = channels.data?.data.find((c) => !!c.embed);
  const talks = useQuery({
    queryKey: ["checklist-chat", chat?.id],
    queryFn: () => api.get<Page<Conversation>>(`/conversations?channel_id=${chat?.id}&limit=1`),
    enabled: !!chat && !state.chat && !me?.workspace.sample_data,
  });

  useEvents((frame) => {
    if (frame.type !== "event" || frame.kind !== "message.created") return;
    if (frame.message?.direction === "inbound" && frame.conversation?.channel_id === chat?.id) mark("chat");
    if (frame.message?.direction === "outbound" && !frame.message.is_note && frame.message.sender_id === me?.member_id) mark("reply");
  });

  useEffect(() => {
    if (state.palette) return;
    const pressed = (e: KeyboardEvent) => {
      if ((e.metaKey || e.ctrlKey) && e.key.toLowerCase() === "k") mark("palette");
    };
    addEventListener("keydown", pressed, true);
    return () => removeEventListener("keydown", pressed, true);
  }, [state.palette, mark]);

  const done: Record<ChecklistItem, boolean> = {
    chat: !!state.chat || (talks.data?.data.length ?? 0) > 0,
    reply: !!state.reply,
    invite: !!state.invite || (members.data?.data.length ?? 0) > 1 || (invitations.data?.data.length ?? 0) > 0,
    connect: !!state.connect || (channels.data?.data ?? []).some((c) => !c.embed && !c.read_only),
    palette: !!state.palette,
  };
  const count = Object.values(done).filter(Boolean).length;
  const known = channels.isSuccess && members.isSuccess;

  useEffect(() => {
    if (known && count === 5) mark("hidden");
  }, [known, count, mark]);

  if (!known || count === 5) return null;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);

  return (
    <section className="mx-2 mb-2 rounded-lg border border-line bg-raised p-3" aria-labelledby="checklist-title">
      <header className="mb-1.5 flex items-center gap-2">
        <h2 id="checklist-title" className="flex-1 text-xs font-semibold">
          {t("checklist.title")}
        </h2>
        <span className="text-2xs text-ink-3 tabular-nums">{t("checklist.count", { done: count })}</span>
        <IconButton label={t("checklist.hide")} size="sm" className="-me-1.5" onClick={() => mark("hidden")}>
          <X aria-hidden />
        </IconButton>
      </header>
      <ul className="flex flex-col">
        <Item
          done={done.chat}
          label={t("checklist.chat")}
          link={chat && <Link to="/settings/channels/$id" params={{ id: chat.id }} className="absolute inset-0 rounded-sm" aria-label={t("checklist.chat")} />}
        />
        <Item done={done.reply} label={t("checklist.reply")} link={<Link to="/inbox" className="absolute inset-0 rounded-sm" aria-label={t("checklist.reply")} />} />
        <Item done={done.invite} label={t("checklist.invite")} link={<Link to="/settings/people" className="absolute inset-0 rounded-sm" aria-label={t("checklist.invite")} />} />
        <Item
          done={done.connect}
          label={t("checklist.connect")}
          link={<Link to="/settings/channels/new" className="absolute inset-0 rounded-sm" aria-label={t("checklist.connect")} />}
        />
        <Item done={done.palette} label={t("checklist.palette", { key: mac ? "⌘K" : "Ctrl K" })} />
      </ul>
    </section>
  );
}

function Item({ done, label, link }: { done: boolean; label: string; link?: ReactNode }) {
  const { t } = useTranslation("setup");
  return (
    <li className={`relative flex min-h-7 items-center gap-2 rounded-sm px-1 py-1 text-xs ${link && !done ? "hover:bg-hover" : ""}`}>
      <span className={`grid size-4 shrink-0 place-items-center rounded-full ${done ? "bg-good text-sheet" : "border border-line-control"}`} aria-hidden>
        {done && <Check className="size-2.5" strokeWidth={3} />}
      </span>
      <span className={done ? "text-ink-3 line-through" : "text-ink-2"}>{label}</span>
      {done && <span className="sr-only">{t("checklist.done")}</span>}
      {!done && link}
    </li>
  );
}
