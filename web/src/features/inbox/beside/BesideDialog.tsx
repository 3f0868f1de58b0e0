import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Forward, Mail, Send } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Address, ConversationDetail, Message } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog, EmptyState } from "@/ui";
import { ChoiceField, SwitchField, TextField } from "@/ui/form";
import { writeBeside } from "../bus";
import { addMessage } from "../cache";
import { AddressField } from "../composer/AddressField";
import { Below } from "../composer/Below";
import { MessageField } from "../composer/MessageField";
import { ownWords } from "../composer/own-words";
import { restored } from "../composer/restore";
import { clear, write, written } from "../composer/state";
import { htmlForMail } from "../composer/text";
import { useAttachments } from "../composer/use-attachments";
import { offerUndo, useActs, useChannels, useChannelTypes, useMe, useMessage } from "../data";
import { type Ask, answerSubject, answerTo, askAgain, forwardSubject, keepChoices, mailChannels } from "./beside";

/** Writing to somebody else about a conversation: forwarding from it, and answering what came of that. */
export default function BesideDialog({ detail, ask, onClose }: { detail: ConversationDetail; ask: Ask; onClose: () => void }) {
  const { t } = useTranslation("beside");
  const message = useMessage(detail.id, ask.messageId);
  const channels = useChannels();
  const types = useChannelTypes();
  const mail = mailChannels(channels, types, detail.channel_id);
  const name = message?.sender_name ?? message?.from ?? "";
  const title = ask.as === "forward" ? t("forward.title") : t("answer.title", { name });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} className="min-h-[min(420px,70vh)]">
      {!types.length || (ask.messageId && !message) ? (
        <div role="status" aria-label={t("loading")} className="flex flex-col gap-4">
          {["h-9", "h-9", "h-30"].map((height, i) => (
            <div key={i === 0 ? "to" : height} className={`skel ${height}`} />
          ))}
        </div>
      ) : !mail.length ? (
        <EmptyState
          icon={Mail}
          text={t("none")}
          action={
            <Button asChild variant="primary" onClick={onClose}>
              <Link to="/settings/channels/new">{t("settings")}</Link>
            </Button>
          }
        />
      ) : (
        <Form detail={detail} ask={ask} message={message} mail={mail} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface FormProps {
  detail: ConversationDetail;
  ask: Ask;
  message: Message | undefined;
  mail: ReturnType<typeof mailChannels>;
  onClose: () => void;
}

function Form({ detail, ask, message, mail, onClose }: FormProps) {
  const { t } = useTranslation("beside");
  const { t: tc } = useTranslation("composer");
  const client = useQueryClient();
  const me = useMe();
  const acts = useActs();
  const types = useChannelTypes();
  const submit = useSubmit();
  const post = usePostOnce();
  const forward = ask.as === "forward";
  // Closing the dialog keeps the words for the next time.
  const TEXT = `beside.${detail.id}.${ask.as}.${ask.messageId ?? ""}`;
  const [begun] = useState(() => {
    if (ask.again) write(TEXT, restored({ ...ownWords(ask.again), attachments: [], to: null, is_note: false }, null));
    return ask.again;
  });
  const [to, setTo] = useState<Address[]>(begun?.to ?? (!forward && message ? answerTo(message) : []));
  const [cc, setCc] = useState<Address[]>(begun?.cc ?? []);
  const [bcc, setBcc] = useState<Address[]>(begun?.bcc ?? []);
  const [copies, showCopies] = useState(cc.length + bcc.length > 0);
  const [whole, setWhole] = useState(!message || !!ask.chosen?.whole);
  const [withFiles, setWithFiles] = useState(ask.chosen?.withFiles ?? true);
  const [unsigned, setUnsigned] = useState(ask.chosen?.unsigned ?? false);
  const subjectOf = (all: boolean) => (forward ? forwardSubject((all ? null : message?.subject) ?? detail.subject, detail.number) : answerSubject(message?.subject));
  const [subject, setSubject] = useState(begun?.subject ?? subjectOf(!message));
  const [channel, setChannel] = useState((mail.find((c) => c.id === ask.chosen?.channel) ?? mail[0])?.id ?? "");
  const descriptor = types.find((d) => d.id === mail.find((c) => c.id === channel)?.provider);
  const attachments = useAttachments(TEXT, descriptor?.limits, () => {});
  // Once, whatever is drawn again.
  const again = useRef(ask.chosen?.files ?? []);
  useEffect(() => {
    const files = again.current;
    again.current = [];
    void attachments.addAgain(files);
  });
  const files = forward ? (whole ? detail.messages.filter((m) => !m.is_note && !m.aside_id) : message ? [message] : []).flatMap((m) => m.attachments.filter((a) => !a.inline)) : [];

  const send = () =>
    submit.run(
      async () => {
        const w = written(TEXT);
        const undo = me?.preferences.undo_seconds;
        const body = {
          to,
          cc,
          bcc,
          subject: subject.trim(),
          text: w.text.trim(),
          ...(w.html && { html: htmlForMail(w.html) }),
          ...(w.files.length > 0 && { attachments: w.files.map((f) => f.id) }),
          signature: !unsigned,
          undo_seconds: typeof undo === "number" ? undo : 10,
          ...(forward ? { ...(!whole && message && { message_id: message.id }), with_files: withFiles, channel_id: channel } : { reply_to_id: message?.id }),
        };
        const path = `/conversations/${detail.id}/${forward ? "forward" : "messages"}`;
        const made = await post<Message>(path, body);
        keepChoices(
          made,
          { messageId: ask.messageId, whole, withFiles, unsigned, channel },
          w.files.map((f) => f.id),
        );
        clear(TEXT);
        addMessage(client, detail.id, made);
        onClose();
        const names = to.map((a) => a.name || a.address).join(", ");
        offerUndo(t(forward ? "forward.done" : "answer.done", { names }), t("undo"), () => {
          void acts.cancel(made).then((done) => {
            const again = done && askAgain(made);
            if (again) writeBeside(again);
          });
        });
      },
      {
        to: !to.length && t("toMissing"),
        text: problem(),
      },
    );

  function problem() {
    const w = written(TEXT);
    if (!forward && !w.text.trim() && !w.files.length) return t("answer.missing");
    if (attachments.busy) return tc("files.waiting");
    if (attachments.uploads.some((u) => u.error)) return tc("files.broken");
    return null;
  }
  const wrong = (...fields: string[]) => fields.map((f) => submit.errors[f]).find(Boolean) ?? null;
  const failed = submit.problem && (submit.problem.status === 0 ? t("network") : submit.problem.detail || t("failed"));

  return (
    <form
      ref={submit.form}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <p className="text-sm text-ink-2">{t(forward ? "forward.lead" : "answer.lead")}</p>
      <div className="-mx-3.5">
        <AddressField
          label={tc("recipients.to")}
          value={to}
          autoFocus={!to.length}
          error={wrong("to")}
          onChange={(list) => {
            setTo(list);
            submit.clear("to");
          }}
        />
        {copies ? (
          <>
            <AddressField label={tc("recipients.cc")} value={cc} onChange={setCc} error={wrong("cc")} autoFocus={!cc.length && !bcc.length} />
            <AddressField label={tc("recipients.bcc")} value={bcc} onChange={setBcc} error={wrong("bcc")} />
          </>
        ) : (
          <button type="button" className="mx-2 mt-1 h-7 rounded-sm px-1.5 text-xs text-ink-3 hover:bg-hover hover:text-ink max-md:h-9" onClick={() => showCopies(true)}>
            {t("copies")}
          </button>
        )}
      </div>
      {forward && message && (
        <fieldset className="flex flex-wrap gap-x-5 gap-y-1">
          <legend className="mb-1.5 text-sm font-medium">{t("forward.what")}</legend>
          {[false, true].map((value) => (
            <label key={String(value)} className="flex items-center gap-2.5 text-sm max-md:min-h-11">
              <input
                type="radio"
                name="what"
                className="size-4 accent-(--accent)"
                checked={whole === value}
                onChange={() => {
                  if (subject === subjectOf(whole)) setSubject(subjectOf(value));
                  setWhole(value);
                }}
              />
              {t(value ? "forward.whole" : "forward.one")}
            </label>
          ))}
        </fieldset>
      )}
      <TextField label={tc("subject")} value={subject} onChange={setSubject} maxLength={500} autoComplete="off" error={wrong("subject")} />
      <div>
        <p className="mb-1.5 text-sm font-medium">{t(forward ? "forward.words" : "answer.words")}</p>
        <MessageField
          id={TEXT}
          label={t(forward ? "forward.words" : "answer.words")}
          placeholder=""
          descriptor={descriptor}
          attachments={attachments}
          autoFocus={to.length > 0}
          onKey={(e) => {
            if (e.isComposing || e.key !== "Enter" || !(e.metaKey || e.ctrlKey)) return false;
            e.preventDefault();
            void send();
            return true;
          }}
        />
        {wrong("text", "html", "attachments") && (
          <p role="alert" className="mt-1.5 text-xs font-medium text-bad">
            {wrong("text", "html", "attachments")}
          </p>
        )}
        <div className="-mx-2 mt-1">
          <Below channelId={channel} off={unsigned} onOff={setUnsigned} />
        </div>
      </div>
      {forward && (
        <blockquote className="line-clamp-3 border-s-2 border-line-strong ps-3 text-xs whitespace-pre-line text-ink-3 [overflow-wrap:anywhere]">
          {whole ? t("forward.all", { count: detail.messages.filter((m) => !m.is_note && !m.aside_id && m.status !== "cancelled").length }) : message?.text}
        </blockquote>
      )}
      {files.length > 0 && (
        <SwitchField
          label={t("forward.files", { count: files.length })}
          hint={files
            .map((f) => f.name)
            .slice(0, 5)
            .join(", ")}
          checked={withFiles}
          onChange={setWithFiles}
        />
      )}
      {forward && mail.length > 1 && (
        <ChoiceField label={t("channel")} value={channel} onChange={setChannel} options={mail.map((c) => ({ value: c.id, label: c.name }))} error={wrong("channel_id")} />
      )}
      {failed && (
        <p role="alert" className="text-sm font-medium text-bad [overflow-wrap:anywhere]">
          {failed}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button type="submit" variant="primary" loading={submit.busy}>
          {forward ? <Forward aria-hidden /> : <Send aria-hidden />} {t(forward ? "forward.do" : "answer.do")}
        </Button>
      </div>
    </form>
  );
}
