import { EyeOff, MoreHorizontal } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { beginning } from "@/features/inbox/beside/beside";
import { endOfWords } from "@/features/inbox/composer/own-words";
import { Avatar, Ticks, Tip } from "@/ui";
import { Files } from "./Files";
import { timeOf } from "./group";
import { Marks, PlainMarks } from "./Marks";
import { MessageMenu } from "./MessageMenu";
import { Quote } from "./Quote";
import { MissingFiles, NotAnswered } from "./Said";
import { SenderWarning } from "./SenderCheck";
import { SendState } from "./SendState";
import { Words } from "./Words";

const EmailFrame = lazy(() => import("./EmailFrame"));

/** One mail: who to whom, the words, what came along. Older ones are one line until opened. */
export function MailCard({ message: m, folded: startFolded, provider }: { message: Message; folded: boolean; provider: string }) {
  const { t, i18n } = useTranslation("thread");
  const [folded, fold] = useState(startFolded);
  const [everything, showEverything] = useState(false);
  const [people, showPeople] = useState(false);
  const name = m.sender_name ?? m.from ?? "?";
  // The day stands above it in the timeline.
  const at = new Date(timeOf(m));
  const when = new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" }).format(at);
  const exactly = new Intl.DateTimeFormat(i18n.language, { dateStyle: "full", timeStyle: "short" }).format(at);
  if (folded) {
    return (
      <button
        id={m.id}
        type="button"
        onClick={() => fold(false)}
        aria-expanded={false}
        className={`flash flex w-full items-center gap-3 rounded-lg border px-4 py-2.5 text-start hover:bg-hover ${m.aside_id ? "border-dashed border-line-strong bg-subtle" : "border-line bg-raised"}`}
      >
        <Avatar name={name} id={m.sender_id ?? name} size={24} />
        <span className="shrink-0 text-sm font-medium">{name}</span>
        <PlainMarks message={m} />
        {m.aside_id && <BesideMark message={m} plain />}
        <span className="min-w-0 flex-1 truncate text-sm text-ink-3">{m.stripped_text ?? m.text}</span>
        <time dateTime={timeOf(m)} title={exactly} className="shrink-0 text-2xs tabular-nums text-ink-3">
          {when}
        </time>
      </button>
    );
  }
  const out = m.direction === "outbound";
  const quoted = m.stripped_text !== null && m.stripped_text !== m.text && (out || !!m.stripped_text);
  // Of what we wrote ourselves it is known where our words end.
  const own = out && quoted && m.html ? m.html.slice(0, endOfWords(m.html)) : null;
  const html = everything || !quoted ? m.html : own;
  const list = (all: readonly { name?: string | null; address: string }[]) => all.map((a) => a.name || a.address).join(", ");
  const shown = quoted && !everything ? (m.stripped_text ?? "") : m.text;
  return (
    <article id={m.id} className={`flash rounded-lg border p-4 ${m.aside_id ? "border-dashed border-line-strong bg-subtle" : "border-line bg-raised shadow-1"}`}>
      <header className="flex items-start gap-3">
        <Avatar name={name} id={m.sender_id ?? name} size={36} />
        <div className="min-w-0 flex-1">
          <div className="flex items-baseline gap-2 max-md:flex-wrap">
            <span className="truncate text-sm font-semibold">{name}</span>
            <Marks message={m} />
            {m.aside_id && <BesideMark message={m} />}
            <time dateTime={timeOf(m)} title={exactly} className="ms-auto shrink-0 text-2xs tabular-nums text-ink-3">
              {when}
            </time>
            {m.direction === "outbound" && <Ticks status={m.status} />}
          </div>
          <button
            type="button"
            aria-expanded={people}
            onClick={() => showPeople(!people)}
            className="block max-w-full truncate text-start text-xs text-ink-3 hover:text-ink-2 max-md:-my-3 max-md:py-3"
          >
            {t("to", { list: list([...m.to, ...m.cc]) || t("nobody") })}
          </button>
          {people && (
            <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 text-xs text-ink-2">
              <dt className="text-ink-3">{t("from")}</dt>
              <dd className="break-all">{m.from}</dd>
              <dt className="text-ink-3">{t("toLabel")}</dt>
              <dd className="break-all">{m.to.map((a) => a.address).join(", ")}</dd>
              {m.cc.length > 0 && <dt className="text-ink-3">{t("cc")}</dt>}
              {m.cc.length > 0 && <dd className="break-all">{m.cc.map((a) => a.address).join(", ")}</dd>}
              {m.bcc.length > 0 && <dt className="text-ink-3">{t("bcc")}</dt>}
              {m.bcc.length > 0 && <dd className="break-all">{m.bcc.map((a) => a.address).join(", ")}</dd>}
            </dl>
          )}
        </div>
        <MessageMenu message={m} provider={provider} />
      </header>
      <SenderWarning message={m} />
      <div className="mt-3 text-base text-ink md:ps-12">
        {m.reply_to_id && out && <Quote message={m} />}
        {html ? (
          <Suspense fallback={<div className="skel h-16" />}>
            <EmailFrame key={String(everything)} html={html} attachments={m.attachments} sender={m.from ?? ""} title={t("frame", { name })} />
          </Suspense>
        ) : (
          <Words text={shown} />
        )}
        {quoted && (
          <button
            type="button"
            aria-expanded={everything}
            aria-label={t("quoted")}
            title={t("quoted")}
            onClick={() => showEverything(!everything)}
            className="mt-2 grid h-6 w-8 place-items-center rounded bg-hover text-ink-3 hover:bg-press"
          >
            <MoreHorizontal className="size-4" aria-hidden />
          </button>
        )}
        <MissingFiles message={m} />
        {m.attachments.some((a) => !a.inline) && <Files files={m.attachments.filter((a) => !a.inline)} />}
      </div>
      <NotAnswered message={m} />
      <SendState message={m} />
    </article>
  );
}

/** That somebody else got this, or wrote it, and the customer does not see it. */
function BesideMark({ message: m, plain }: { message: Message; plain?: boolean }) {
  const { t } = useTranslation("thread");
  const words = t(`beside.${beginning(m) ?? "in"}`);
  const names = m.direction === "outbound" ? [...m.to, ...m.cc].map((a) => a.name || a.address).join(", ") : (m.sender_name ?? m.from ?? "");
  const mark = (
    <span className="inline-flex min-h-6 shrink-0 items-center gap-1 rounded-xs text-2xs font-medium text-ink-2">
      <EyeOff className="size-3" aria-hidden /> {words}
    </span>
  );
  return plain ? mark : <Tip label={t("beside.text", { names })}>{mark}</Tip>;
}
