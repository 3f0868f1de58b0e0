import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail } from "@/api/types";
import { useMe, useOlderMessages, usePresence } from "@/features/inbox/data";
import { callOf } from "@/lib/calls";
import { Bubbles } from "./Bubbles";
import { CallCard } from "./CallCard";
import { firstUnread, group } from "./group";
import { MailCard } from "./MailCard";
import { NoteCard } from "./NoteCard";

/** The words of a conversation from the oldest known to the newest; stays at the end unless somebody reads further up. */
export function Timeline({ detail, mail, messageId }: { detail: ConversationDetail; mail: boolean; messageId?: string }) {
  const { t, i18n } = useTranslation("thread");
  const me = useMe();
  const older = useOlderMessages(detail.id);
  const typing = usePresence((s) => s.typing[detail.id]);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(0);
  const [unreadFrom] = useState(() => firstUnread(detail.messages, detail.unread_count));
  const items = useMemo(() => group(detail.messages, mail, unreadFrom), [detail.messages, mail, unreadFrom]);
  const lastId = detail.messages.at(-1)?.id;
  const mails = detail.messages.filter((m) => !m.is_note && m.status !== "cancelled");
  const open = new Set([...mails.slice(-2).map((m) => m.id), messageId]);

  const toEnd = () => {
    const s = scroller.current;
    if (s) s.scrollTop = s.scrollHeight;
    atEnd.current = true;
    setBehind(0);
  };
  // Mail frames and pictures grow late; whoever is at the end stays there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: going to the end needs nothing but the box itself
  useLayoutEffect(() => {
    const box = content.current;
    if (!box) return;
    const watch = new ResizeObserver(() => atEnd.current && toEnd());
    watch.observe(box);
    return () => watch.disconnect();
  }, []);
  const found = detail.messages.some((m) => m.id === messageId);
  const before = useRef(lastId);
  useEffect(() => {
    if (before.current !== lastId && !atEnd.current) setBehind((n) => n + 1);
    before.current = lastId;
  }, [lastId]);
  useEffect(() => {
    const target = messageId && found && document.getElementById(messageId);
    if (!target) return;
    atEnd.current = false;
    target.scrollIntoView({ block: "center" });
    target.dataset.flash = "";
  }, [messageId, found]);
  // A message of long ago, as search finds them: what lies between is fetched until it is there.
  const gaveUp = useRef(false);
  const { load, loading, more } = older;
  useEffect(() => {
    if (!messageId || found || loading || !more || gaveUp.current) return;
    load().catch(() => {
      gaveUp.current = true;
    });
  }, [messageId, found, load, loading, more]);

  const onScroll = () => {
    const s = scroller.current;
    if (!s) return;
    atEnd.current = s.scrollHeight - s.scrollTop - s.clientHeight < 60;
    if (atEnd.current) setBehind(0);
    if (s.scrollTop < 80 && older.more && !older.loading) {
      const from = s.scrollHeight - s.scrollTop;
      void older.load().then(() => requestAnimationFrame(() => (s.scrollTop = s.scrollHeight - from)));
    }
  };
  const day = (iso: string) => {
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000);
    if (days < 2) return new Intl.RelativeTimeFormat(i18n.language, { numeric: "auto" }).format(-days, "day");
    return new Intl.DateTimeFormat(i18n.language, { weekday: "long", day: "numeric", month: "long" }).format(new Date(iso));
  };
  const writes = (typing ?? []).filter((w) => w.id !== me?.member_id);
  return (
    <div className="relative min-h-0 flex-1">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard */}
      <div ref={scroller} onScroll={onScroll} role="log" aria-live="polite" aria-label={t("log")} tabIndex={0} className="scroll h-full overflow-y-auto px-6 max-md:px-3">
        <div ref={content} className="mx-auto flex max-w-190 flex-col gap-4 py-5">
          {older.more && <p className="text-center text-xs text-ink-3">{t("older")}</p>}
          {items.map((item) => {
            if (item.kind === "day")
              return (
                <div key={item.key} className="flex items-center gap-3 text-2xs text-ink-3 first-letter:uppercase">
                  <span className="h-px flex-1 bg-line" /> <span className="first-letter:uppercase">{day(item.at)}</span> <span className="h-px flex-1 bg-line" />
                </div>
              );
            if (item.kind === "new")
              return (
                <div key={item.key} className="flex items-center gap-3 text-2xs font-medium text-accent">
                  <span className="h-px flex-1 bg-accent" /> {t("new")} <span className="h-px flex-1 bg-accent" />
                </div>
              );
            const m = item.messages[0];
            if (!m) return null;
            const call = callOf(m.metadata);
            if (call && !m.is_deleted) return <CallCard key={item.key} message={m} call={call} provider={detail.provider} channelId={detail.channel_id} />;
            if (m.is_note) return <NoteCard key={item.key} message={m} />;
            return mail || m.aside_id ? (
              <MailCard key={item.key} message={m} folded={mail && !open.has(m.id)} provider={m.aside_id ? "" : detail.provider} />
            ) : (
              <Bubbles key={item.key} messages={item.messages} mine={me?.member_id} provider={detail.provider} />
            );
          })}
          {writes.map((w) => (
            <p key={w.id} className="flex items-center gap-2 text-xs text-ink-3">
              <span className="typing-dots" aria-hidden>
                <i />
                <i />
                <i />
              </span>
              {t("typing", { name: w.name || detail.contact?.name || t("somebody") })}
            </p>
          ))}
        </div>
      </div>
      {behind > 0 && (
        <button
          type="button"
          onClick={toEnd}
          className="absolute inset-x-0 bottom-3 mx-auto flex w-fit items-center gap-1.5 rounded-full bg-accent px-3 py-1.5 text-xs font-medium text-accent-fg shadow-3"
        >
          <ArrowDown className="size-3.5" aria-hidden /> {t("behind", { count: behind })}
        </button>
      )}
    </div>
  );
}
