import { Eye, PlugZap } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import type { Ask } from "@/features/inbox/beside/beside";
import { useWish, useWords } from "@/features/inbox/bus";
import { useActs, useConversation, useDescriptor, useMe, useMembers, usePresence } from "@/features/inbox/data";
import { Avatar, ErrorState } from "@/ui";
import { Header } from "./Header";
import { Strips } from "./Strips";
import { Timeline } from "./Timeline";

const MacroDialog = lazy(() => import("./MacroDialog"));
const BesideDialog = lazy(() => import("@/features/inbox/beside/BesideDialog"));
const TranscriptDialog = lazy(() => import("@/features/inbox/beside/TranscriptDialog"));
const Composer = lazy(() => import("@/features/inbox/composer/Composer").then((m) => ({ default: m.Composer })));

interface Props {
  id: string;
  /** The message to open at. */
  messageId?: string;
  onBack?: () => void;
  onToggleDetails: () => void;
}

/** One conversation: what was said, and the place to answer. */
export function Conversation({ id, messageId, onBack, onToggleDetails }: Props) {
  const { t } = useTranslation("thread");
  const query = useConversation(id);
  const detail = query.data;
  const descriptor = useDescriptor(detail?.provider);
  const me = useMe();
  const members = useMembers();
  const viewing = usePresence((s) => s.viewing);
  const [macros, showMacros] = useState(false);
  const [ask, setAsk] = useState<Ask | null>(null);
  const [transcript, showTranscript] = useState(false);
  useWish("macros", () => showMacros(true));
  useWish("transcript", () => showTranscript(true));
  useWords("beside", id, setAsk);
  // The last thing the customer mailed, or all of a chat.
  useWish("forward", () => {
    const last = descriptor?.capabilities.subject ? detail?.messages.findLast((m) => m.direction === "inbound" && !m.aside_id && !m.is_deleted) : undefined;
    setAsk({ conversationId: id, as: "forward", messageId: last?.id });
  });
  useMarkRead(id, detail?.messages.at(-1)?.id, detail?.unread_count ?? 0);
  if (query.isError && !detail) {
    const gone = query.error instanceof ApiError && query.error.status === 404;
    const into = query.error instanceof ApiError && query.error.code === "conversation.merged" ? (query.error.body as { merged_into?: string }).merged_into : undefined;
    if (into) return <Merged into={into} />;
    return <ErrorState title={t(gone ? "gone" : "loadFailed")} error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (!detail) return <Skeleton />;
  const others = members.filter((m) => m.id !== me?.member_id && viewing[m.id] === id);
  return (
    <section aria-label={t("label")} className="flex h-full min-h-0 flex-col">
      <Header detail={detail} descriptor={descriptor} onBack={onBack} onToggleDetails={onToggleDetails} />
      {(detail.channel_status === "error" || detail.channel_status === "disconnected") && (
        <p role="alert" className="flex items-center gap-2 border-b border-line bg-warn-soft px-6 py-2 text-xs text-warn">
          <PlugZap className="size-4 shrink-0" aria-hidden /> {t("channelBroken")}
        </p>
      )}
      <Strips detail={detail} />
      <Timeline detail={detail} mail={!!descriptor?.capabilities.subject} messageId={messageId} />
      <div className="mx-auto w-full max-w-202 px-6 pb-4 max-md:px-2 max-md:pb-2">
        {others.length > 0 && (
          <p className="mb-1.5 flex items-center gap-1.5 text-xs text-ink-3">
            <Eye className="size-3.5" aria-hidden />
            {others.map((m) => (
              <Avatar key={m.id} name={m.name} id={m.id} size={18} />
            ))}
            {t("viewing", { names: others.map((m) => m.name).join(", ") })}
          </p>
        )}
        <Suspense fallback={<div className="skel h-32" />}>
          <Composer detail={detail} />
        </Suspense>
      </div>
      <Suspense fallback={null}>
        {macros && <MacroDialog detail={detail} seen={detail.message_count} onClose={() => showMacros(false)} />}
        {ask && <BesideDialog key={`${ask.as}${ask.messageId}`} detail={detail} ask={ask} onClose={() => setAsk(null)} />}
        {transcript && <TranscriptDialog detail={detail} onClose={() => showTranscript(false)} />}
      </Suspense>
    </section>
  );
}

/** What was merged is read where it went. */
function Merged({ into }: { into: string }) {
  const navigate = useNavigate();
  useEffect(() => {
    void navigate({ to: "/inbox/{-$id}", params: { id: into }, search: ((now: object) => now) as never, replace: true });
  }, [into, navigate]);
  return <Skeleton />;
}

/** Read is what stood open before somebody's eyes; what was marked unread by hand stays so until something new comes. */
function useMarkRead(id: string, last: string | undefined, unread: number) {
  const acts = useActs();
  const latest = useRef({ acts, unread });
  useEffect(() => {
    latest.current = { acts, unread };
  });
  useEffect(() => {
    if (!last) return;
    const read = () => {
      if (document.visibilityState !== "visible" || !latest.current.unread) return;
      void latest.current.acts.markRead([id], true);
    };
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [id, last]);
}

function Skeleton() {
  return (
    <div aria-hidden className="flex h-full flex-col">
      <div className="flex h-15 items-center gap-3 border-b border-line px-6">
        <span className="skel h-4 w-48" />
      </div>
      <div className="mx-auto flex w-full max-w-190 flex-1 flex-col gap-4 p-6">
        <span className="skel h-28 w-3/4" />
        <span className="skel h-16 w-1/2 self-end" />
        <span className="skel h-20 w-2/3" />
      </div>
    </div>
  );
}
