import { ExternalLink, Lock, Phone, PhoneIncoming, PhoneMissed, PhoneOutgoing, Voicemail } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { type CallFacts, duration } from "@/lib/calls";
import { CallLink } from "@/ui";
import { Files } from "./Files";
import { MissingFiles } from "./Said";
import { timeOf } from "./group";
import { MessageMenu } from "./MessageMenu";
import { Words } from "./Words";

/** A call: which way, how it ended, how long it was; its recording can be played here. */
export function CallCard({ message: m, call, provider, channelId }: { message: Message; call: CallFacts; provider: string; channelId: string }) {
  const { t, i18n } = useTranslation("calls");
  const incoming = call.direction !== "outbound";
  const outcome = call.outcome ?? "";
  const spoke = outcome === "answered";
  const left = outcome === "voicemail";
  const missed = incoming && !spoke && !left;
  const Icon = left ? Voicemail : missed ? PhoneMissed : incoming ? PhoneIncoming : outcome ? PhoneOutgoing : Phone;
  const tone = missed ? "bg-bad-soft text-bad" : spoke ? "bg-good-soft text-good" : "bg-hover text-ink-2";
  const theirs = incoming ? call.from : call.to;
  const facts = [
    call.seconds ? duration(call.seconds, i18n.language) : null,
    call.handled_by ? t("by", { name: call.handled_by }) : null,
    call.logged_by ? t("logged") : null,
  ].filter(Boolean);
  const recorded = m.attachments.some((a) => /^(audio|video)\//.test(a.content_type));
  const link = call.recording_url && /^https?:\/\//i.test(call.recording_url) ? call.recording_url : null;
  const said = [call.transcript, call.note].filter((text): text is string => !!text);
  return (
    <article id={m.id} className={`flash rounded-lg border p-3.5 ${m.is_note ? "border-note-line bg-note" : "border-line bg-raised"}`}>
      <header className="flex items-start gap-3">
        <span className={`grid size-9 shrink-0 place-items-center rounded-full ${tone}`}>
          <Icon className="size-4" aria-hidden />
        </span>
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-baseline gap-x-2 text-sm font-semibold">
            {t(`title.${incoming ? "inbound" : "outbound"}.${outcome}`, { defaultValue: t("other") })}
            {m.is_note && (
              <span className="flex items-center gap-1 text-xs font-normal text-note-ink">
                <Lock className="size-3" aria-hidden /> {t("teamOnly")}
              </span>
            )}
          </p>
          <p className="text-xs text-ink-3 [overflow-wrap:anywhere]">
            {theirs && <CallLink number={theirs} channelId={channelId} />}
            {theirs && facts.length > 0 && " · "}
            {facts.join(" · ")}
          </p>
        </div>
        <time dateTime={timeOf(m)} className="shrink-0 pt-0.5 text-2xs tabular-nums text-ink-3">
          {new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" }).format(new Date(timeOf(m)))}
        </time>
        <MessageMenu message={m} provider={provider} />
      </header>
      {(said.length > 0 || m.attachments.length > 0 || link || !!m.metadata.files_pending || !!m.metadata.files_not_fetched) && (
        <div className="mt-2 flex flex-col gap-2 ps-12 text-base text-ink max-md:ps-0">
          {said.map((text) => (
            <Words key={text} text={text} />
          ))}
          {m.attachments.length > 0 && <Files files={m.attachments} />}
          <MissingFiles message={m} />
          {link && !recorded && !m.metadata.files_pending && (
            <a href={link} target="_blank" rel="noopener noreferrer" className="flex w-fit items-center gap-1.5 text-sm text-accent-ink underline underline-offset-2">
              <ExternalLink className="size-3.5 shrink-0" aria-hidden /> {t("recordingThere")}
            </a>
          )}
        </div>
      )}
    </article>
  );
}
