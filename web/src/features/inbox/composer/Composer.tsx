import { LayoutTemplate, MessageSquareQuote, Paperclip, Zap } from "lucide-react";
import { lazy, Suspense, useEffect, useId, useRef, useState } from "react";
import { useDropzone } from "react-dropzone";
import { useTranslation } from "react-i18next";
import type { ConversationDetail } from "@/api/types";
import { useInterpreted } from "@/lib/interpreted";
import { useKeys } from "@/lib/keymap";
import { isTyping } from "@/lib/keys";
import { Button, ChannelDisc, IconButton, toast } from "@/ui";
import { bus, restoreDraft, useComposerRequests, useWish } from "../bus";
import { useActs, useChannels, useDescriptor, useMe, useMembers, useTypesKnown, useZone } from "../data";
import { OutboxList } from "../outbox/OutboxList";
import { SwitchField } from "@/ui/form";
import { ScheduledList } from "../scheduled/ScheduledList";
import { Attachments } from "./Attachments";
import { Below } from "./Below";
import { Boundary } from "./Boundary";
import { CannedList, LIST, rowId } from "./CannedList";
import { EmojiButton } from "./EmojiButton";
import type { EditorHandle, EditorProps } from "./editor";
import { FormatButtons } from "./FormatButtons";
import { LaterChip } from "./LaterChip";
import { ButtonChips, QuickReplies } from "./QuickReplies";
import { checkText, remaining } from "./limits";
import { ModeTabs } from "./ModeTabs";
import { Notice } from "./Notice";
import { PlainEditor } from "./PlainEditor";
import { RecipientsLine } from "./RecipientsLine";
import type { Formats, RichHandle } from "./RichEditor";
import { isAnswerable, replyAllRecipients, replyRecipients, sameRecipients, withEverybody } from "./recipients";
import { ReplyChip } from "./ReplyChip";
import { SendButton } from "./SendButton";
import { SnoozeDialog } from "./SnoozeDialog";
import type { TemplateChoice } from "./TemplatePicker";
import { WindowNote } from "./WindowNote";
import { isEmpty } from "./draft";
import { ownWords } from "./own-words";
import { smsParts } from "./parts";
import { fromWaiting, restored } from "./restore";
import { keepSeen, look } from "./seen";
import { holesIn } from "./slash";
import { isWriting, useWriting, write, written as current } from "./state";
import { useAttachments } from "./use-attachments";
import { useCanned } from "./use-canned";
import { useDraft } from "./use-draft";
import { type After, useSend } from "./use-send";
import { useTyping } from "./use-typing";

// Asked for at once: who presses R and writes on should not wait for it.
const richEditor = import("./RichEditor");
richEditor.catch(() => {});
const RichEditor = lazy(() => richEditor.catch(() => import("./RichEditor")));
const TemplatePicker = lazy(() => import("./TemplatePicker"));
const PLAIN: Formats = { bold: false, italic: false, strike: false, link: false, bulletList: false, orderedList: false };

export function Composer({ detail }: { detail: ConversationDetail }) {
  const me = useMe();
  return me ? <Card detail={detail} member={me.member_id} undo={me.preferences.undo_seconds} /> : null;
}

function Card({ detail, member, undo }: { detail: ConversationDetail; member: string; undo: unknown }) {
  const { t, i18n } = useTranslation(["composer", "canned"]);
  const { id } = detail;
  const panel = useId();
  const acts = useActs();
  const zone = useZone();
  const keysOf = useKeys();
  const clock = new Intl.DateTimeFormat(i18n.language, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: zone });
  const descriptor = useDescriptor(detail.provider);
  const typesKnown = useTypesKnown();
  const channels = useChannels();
  const members = useMembers();
  const draft = useDraft(detail, member);
  const w = draft.written;
  const revision = useWriting((s) => s.revisions[id]) ?? 0;
  const typing = useTyping(id);
  const plain = useRef<EditorHandle>(null);
  const rich = useRef<RichHandle>(null);
  const wanted = useRef(false);
  const [formats, setFormats] = useState(PLAIN);
  const [snoozing, setSnoozing] = useState<{ anyway: boolean } | null>(null);
  const [delaying, setDelaying] = useState(false);
  const [unlessReply, setUnlessReply] = useState(false);
  const can = descriptor?.capabilities;
  const formatted = !!can?.html && !w.is_note;

  const seen = useRef({ id, ...look(detail) });
  if (seen.current.id !== id || isEmpty(w)) seen.current = { id, ...look(detail) };
  else seen.current = { id, ...keepSeen(seen.current, detail, member) };

  // Everybody gets an answer unless the writer says otherwise; a mail to two of our mailboxes is not answered to the other one.
  const own = channels.filter((c) => c.channel === detail.channel).map((c) => c.account_identifier);
  // A certain message is answered as if nothing had been said since.
  const upTo = w.reply_to_id ? detail.messages.findIndex((m) => m.id === w.reply_to_id) + 1 : 0;
  const said = upTo ? detail.messages.slice(0, upTo) : detail.messages;
  const known = isAnswerable(said) || !detail.recipients;
  const sender = known ? replyRecipients(said, detail.participants, own) : { ...detail.recipients.sender, bcc: [] };
  const everybody = known ? replyAllRecipients(said, detail.participants, own) : { ...detail.recipients.all, bcc: [] };
  const recipients = { to: w.to ?? everybody.to, cc: w.cc ?? everybody.cc, bcc: w.bcc ?? [] };
  const toAll = sameRecipients(recipients, everybody);
  const files = useAttachments(id, descriptor?.limits, draft.changed);
  const focus = () => {
    wanted.current = true;
    (rich.current ?? plain.current)?.focus();
  };
  const sending = useSend({
    detail,
    descriptor,
    member,
    undoSeconds: typeof undo === "number" ? undo : 10,
    recipients,
    seen: () => seen.current.count,
    onSent: () => {
      typing.stop();
      draft.discard();
      requestAnimationFrame(focus);
    },
    onScheduled: (message, later) =>
      toast(t("send.scheduled", { time: clock.format(new Date(later.at)) }), {
        action: { label: t("send.undo"), onClick: () => void acts.cancel(message).then((done) => done && restoreDraft(id, { ...message, later })) },
      }),
  });

  const put = (patch: Parameters<typeof write>[1], fromEditor = true) => {
    write(id, patch, fromEditor);
    draft.changed();
    if (sending.problem?.kind === "failed") sending.dismiss();
    if (!current(id).is_note && patch.text !== undefined) patch.text.trim() ? typing.touch() : typing.stop();
  };
  const setNote = (is_note: boolean) => {
    if (is_note) typing.stop();
    put({ is_note }, false);
    requestAnimationFrame(focus);
  };

  // Whom the writer has named by hand stays: a reply to all adds to it, a reply to the sender only takes back a reply to all.
  const address = (all: boolean) => {
    if (!can?.recipients) return;
    if (!all && toAll) put({ to: sender.to, cc: [], bcc: recipients.bcc }, false);
    else if (all && sameRecipients({ ...recipients, bcc: [] }, sender)) put({ to: null, cc: null, bcc: w.bcc?.length ? w.bcc : null }, false);
    else if (all) put(withEverybody(recipients, everybody), false);
  };
  useComposerRequests(id, {
    focus: (mode) => {
      if (mode !== "note") address(mode === "reply_all");
      if ((mode === "note") === current(id).is_note) focus();
      else setNote(mode === "note");
    },
    restore: (message) => {
      const unsigned = !message.is_note && !!can?.recipients && !message.metadata?.signed;
      write(
        id,
        restored({ ...ownWords(message), unsigned, attachments: [], buttons: message.metadata?.buttons as { title: string }[] | undefined }, isWriting(id) ? current(id) : null),
      );
      void files.addAgain(message.attachments?.filter((a) => !a.inline) ?? []);
      draft.changed();
      requestAnimationFrame(focus);
    },
    replyTo: (reply_to_id) => {
      put({ is_note: false, reply_to_id }, false);
      requestAnimationFrame(focus);
    },
  });

  useEffect(() => {
    if (!formatted) setFormats(PLAIN);
  }, [formatted]);

  const takesFiles = !w.is_note && !!can?.attachments;
  const canned = useCanned(
    id,
    () => (formatted ? rich.current : plain.current),
    (list) => {
      if (!takesFiles) return toast(t("canned:filesLeftOut"));
      write(id, { files: [...current(id).files, ...list] });
      draft.changed();
    },
  );
  useWish("canned", () => {
    focus();
    requestAnimationFrame(() => (rich.current ?? plain.current)?.slash?.());
  });
  // What a canned reply left open is asked for once before it leaves.
  const holes = w.is_note ? [] : holesIn(w.text);
  const [unfilled, setUnfilled] = useState<{ id: string; after?: "close" | "snooze" } | null>(null);

  const [choosing, setChoosing] = useState(false);
  const sendTemplate = async (template: TemplateChoice) => {
    if (await sending.sendTemplate(template)) setChoosing(false);
  };
  const parts = descriptor?.limits.sms_parts && !w.is_note && w.text.trim() ? smsParts(w.text.trim()) : null;
  const why = detail.policy.verdict === "refuse" ? detail.policy.reason : null;
  const whyNot = useInterpreted(why?.code ?? "", why?.detail ?? "");
  const refusal = why && (whyNot || t("policy.noSend"));
  const tooLong = descriptor ? checkText(w.text, descriptor.limits) : null;
  const left = descriptor && !w.is_note ? remaining(w.text, descriptor.limits) : null;
  const broken = files.uploads.some((u) => u.error);
  const reason =
    isEmpty(w) || (w.is_note && !w.text.trim())
      ? t("send.empty")
      : files.busy
        ? t("files.waiting")
        : broken
          ? t("files.broken")
          : !w.is_note && tooLong
            ? t("tooLong", { count: tooLong.kind === "text" ? tooLong.over : 0 })
            : undefined;
  const blocked = !!reason || (!w.is_note && !!refusal);

  const submit = (after?: "close" | "snooze", anyway = false, unfilledToo = false) => {
    if (blocked) return;
    setUnfilled(holes.length && !unfilledToo ? { id, after } : null);
    if (holes.length && !unfilledToo) return;
    if (after === "snooze") setSnoozing({ anyway });
    else void sending.send(after === "close" ? { status: "resolved" } : undefined, anyway);
  };
  const delay = () => {
    setUnlessReply(w.later?.unlessReply ?? false);
    setDelaying(true);
  };
  const onKey: EditorProps["onKey"] = (e) => {
    if (e.isComposing) return false;
    if (canned.onKey(e)) return true;
    if (e.key === "Enter" && (e.metaKey || e.ctrlKey)) {
      e.preventDefault();
      submit(e.shiftKey && !w.is_note ? "close" : undefined);
      return true;
    }
    if (e.key === "Escape" && document.activeElement instanceof HTMLElement) {
      document.activeElement.blur();
      return true;
    }
    return false;
  };
  const addFiles = (list: File[]) => (takesFiles ? files.add(list) : undefined);
  const drop = useDropzone({ noClick: true, noKeyboard: true, disabled: !takesFiles, onDrop: addFiles });

  const person = (detail.contact?.name ?? detail.participants[0]?.name ?? "").split(" ")[0];
  const shared = {
    id,
    label: w.is_note ? t("note") : t("reply"),
    placeholder: w.is_note ? t("writeNote") : person ? t("replyTo", { name: person }) : t("writeReply"),
    describedBy: left !== null ? `${panel}-left` : undefined,
    onFiles: addFiles,
    onKey,
    onSlash: canned.onSlash,
    list: canned.open ? { id: LIST, active: canned.found.length ? rowId(canned.chosen) : undefined } : undefined,
  };
  // Whichever field comes to stand here goes on with the focus; never while somebody writes elsewhere.
  const goesOn = () => wanted.current && !isTyping(document.activeElement);
  const plainEditor = (
    <PlainEditor {...shared} key="plain" autoFocus={goesOn} handle={plain} text={w.text} members={w.is_note ? members : undefined} onText={(text) => put({ text, html: null })} />
  );
  const { after } = sending.problem ?? {};

  return (
    <section aria-label={t("message")} className="shrink-0" {...drop.getRootProps({ role: "region", tabIndex: undefined })}>
      <input {...drop.getInputProps({ "aria-label": t("files.attach"), tabIndex: -1 })} />
      <div className="mx-auto max-w-[760px]">
        <ScheduledList detail={detail} />
        <OutboxList
          conversationId={id}
          member={member}
          onEdit={(item) => {
            const now = isWriting(id) ? current(id) : null;
            write(id, { ...restored(fromWaiting(item), now), key: now?.key ?? item.key });
            draft.changed();
            requestAnimationFrame(focus);
          }}
        />
        {/* biome-ignore lint/a11y/noStaticElementInteractions: it only notices that the focus has left */}
        <div
          className={`relative rounded-xl border shadow-2 transition-[box-shadow,border-color] ${w.is_note ? "border-note-line bg-note focus-within:shadow-[0_0_0_3px_var(--note-line),var(--shadow-2)]" : "border-line-strong bg-raised focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft),var(--shadow-2)]"}`}
          onBlur={(e) => {
            if (e.currentTarget.contains(e.relatedTarget)) return;
            typing.stop();
            draft.save();
          }}
        >
          {drop.isDragActive && (
            <div className="absolute inset-0 z-10 grid place-items-center rounded-xl border-2 border-dashed border-accent bg-accent-soft text-sm font-medium text-accent-ink">
              {t("drop")}
            </div>
          )}
          <CannedList canned={canned} />
          <div className="flex items-center gap-2 px-2 pt-2">
            <ModeTabs note={w.is_note} panel={panel} onChange={setNote} />
            {!w.is_note && (
              <p className="ms-auto flex min-w-0 items-center gap-1.5 pe-1.5 text-xs text-ink-2" title={t("via", { name: detail.channel_name })}>
                <WindowNote window={detail.window} />
                <ChannelDisc channel={detail.channel} size={16} />
                <span className="truncate">{detail.channel_name}</span>
              </p>
            )}
          </div>
          <div
            id={panel}
            role="tabpanel"
            aria-label={shared.label}
            onFocus={(e) => {
              wanted.current = e.target instanceof HTMLTextAreaElement || (e.target instanceof HTMLElement && e.target.isContentEditable);
            }}
            onBlur={(e) => {
              // A field that is taken away has not been left, and neither has one in a window that lies behind another.
              if (document.activeElement !== e.target) wanted.current = false;
            }}
          >
            {!w.is_note && w.reply_to_id && <ReplyChip conversationId={id} id={w.reply_to_id} onClear={() => put({ reply_to_id: null }, false)} />}
            {!w.is_note && can?.recipients && (
              <RecipientsLine
                key={id}
                value={recipients}
                onChange={(r) => put(r, false)}
                all={sameRecipients(sender, everybody) ? null : toAll}
                onAll={(all) => {
                  address(all);
                  requestAnimationFrame(focus);
                }}
                subject={can.subject ? (w.subject ?? detail.subject ?? "") : null}
                onSubject={(subject) => put({ subject }, false)}
                errors={sending.problem?.fields ?? {}}
              />
            )}
            {!typesKnown && !w.is_note ? (
              // Another kind of field would take the place of this one, and what is typed until then would be lost.
              <p className="min-h-15 px-3.5 py-2 text-base text-ink-3">{shared.placeholder}</p>
            ) : formatted ? (
              <Boundary fallback={plainEditor}>
                {/* Whoever begins to type before the editor is there types into a plain field, not into the shortcuts. */}
                <Suspense fallback={w.html ? <p className="min-h-15 px-3.5 py-2 text-base text-ink-3">{shared.placeholder}</p> : plainEditor}>
                  <RichEditor
                    {...shared}
                    handle={rich}
                    text={w.text}
                    html={w.html}
                    revision={revision}
                    autoFocus={goesOn}
                    onWrite={(text, html) => put({ text, html })}
                    onFormats={setFormats}
                  />
                </Suspense>
              </Boundary>
            ) : (
              plainEditor
            )}
            {!w.is_note && can?.recipients && <Below channelId={detail.channel_id} off={!!w.unsigned} onOff={(unsigned) => put({ unsigned }, false)} />}
            {!w.is_note && (
              <Attachments
                limits={w.is_note ? undefined : descriptor?.limits}
                files={w.files}
                uploads={files.uploads}
                problem={files.problem}
                onRemove={files.remove}
                onStop={files.stop}
              />
            )}
            {!w.is_note && <ButtonChips titles={w.buttons ?? []} onChange={(buttons) => put({ buttons })} />}
            {!w.is_note && refusal && !sending.problem && (
              <Notice
                kind="refused"
                action={
                  can?.templates && (
                    <Button variant="outline" size="sm" onClick={() => setChoosing(true)}>
                      {t("template.choose")}
                    </Button>
                  )
                }
              >
                {refusal}
              </Notice>
            )}
            {sending.problem && (
              <Notice
                kind={sending.problem.kind}
                action={
                  sending.problem.kind === "changed" && (
                    <Button variant="outline" size="sm" onClick={() => void sending.send(after, true)}>
                      {t("send.anyway")}
                    </Button>
                  )
                }
              >
                {sending.problem.text}
              </Notice>
            )}
            {unfilled?.id === id && holes.length > 0 && (
              <Notice
                kind="changed"
                action={
                  <Button variant="outline" size="sm" onClick={() => submit(unfilled.after, false, true)}>
                    {t("canned:sendAnyway")}
                  </Button>
                }
              >
                {t("canned:holes", { count: holes.length, names: new Intl.ListFormat(i18n.language).format(holes) })}
              </Notice>
            )}
            {w.later && !w.is_note && <LaterChip later={w.later} time={clock.format(new Date(w.later.at))} onChange={delay} onClear={() => put({ later: null }, false)} />}
            <div className="flex items-center gap-0.5 px-2 pb-2" role="toolbar" aria-label={t("formatting")}>
              {formatted && <FormatButtons editor={rich} formats={formats} />}
              {takesFiles && (
                <IconButton label={t("files.attach")} size="sm" onClick={drop.open}>
                  <Paperclip aria-hidden />
                </IconButton>
              )}
              {can?.templates && !w.is_note && (
                <IconButton label={t("template.title")} size="sm" onClick={() => setChoosing(true)}>
                  <LayoutTemplate aria-hidden />
                </IconButton>
              )}
              {!!can?.buttons && !w.is_note && (
                <QuickReplies key={id} most={can.buttons} chars={descriptor?.limits.button_chars ?? 0} titles={w.buttons ?? []} onChange={(buttons) => put({ buttons })} />
              )}
              <IconButton label={t("canned:insert")} size="sm" onMouseDown={(e) => e.preventDefault()} onClick={() => (formatted ? rich.current : plain.current)?.slash?.()}>
                <MessageSquareQuote aria-hidden />
              </IconButton>
              <IconButton label={t("macro")} keys={keysOf("macros")} size="sm" className="max-md:hidden" onClick={() => bus.emit("macros")}>
                <Zap aria-hidden />
              </IconButton>
              <EmojiButton onPick={(emoji) => (formatted ? rich.current : plain.current)?.insert(emoji)} />
              <span className="flex-1" />
              {parts && left === null && (
                <span className="tnum pe-2 text-2xs text-ink-3" title={parts.unicode ? t("parts.unicode") : undefined}>
                  {t("parts.count", { count: parts.parts, left: parts.left })}
                </span>
              )}
              {left !== null && (
                <span id={`${panel}-left`} role="status" className={`tnum pe-2 text-2xs ${left < 0 ? "font-medium text-bad" : "text-ink-3"}`}>
                  {left < 0 ? t("tooLong", { count: -left }) : t("left", { count: left })}
                </span>
              )}
              {(w.is_note || !refusal) && <SendButton note={w.is_note} busy={sending.busy} disabled={blocked} reason={reason} later={!!w.later} onSend={submit} onLater={delay} />}
            </div>
          </div>
        </div>
      </div>
      {choosing && (
        <Suspense fallback={null}>
          <TemplatePicker channelId={detail.channel_id} open={choosing} onOpenChange={setChoosing} onSend={sendTemplate} />
        </Suspense>
      )}
      <SnoozeDialog
        open={!!snoozing}
        title={t("send.snoozeTitle")}
        confirm={t("send.snoozeDo")}
        onOpenChange={(open) => !open && setSnoozing(null)}
        onPick={(until) => {
          const after: After = { status: "snoozed", until };
          void sending.send(after, snoozing?.anyway);
          setSnoozing(null);
        }}
        onReply={() => {
          void sending.send({ status: "snoozed" }, snoozing?.anyway);
          setSnoozing(null);
        }}
      />
      <SnoozeDialog
        open={delaying}
        title={t("send.laterTitle")}
        confirm={t("send.laterDo")}
        onOpenChange={setDelaying}
        onPick={(at) => {
          setDelaying(false);
          put({ later: { at: at.toISOString(), unlessReply } }, false);
          submit();
        }}
      >
        <SwitchField label={t("send.unlessReply")} hint={t("send.unlessReplyHint")} checked={unlessReply} onChange={setUnlessReply} />
      </SnoozeDialog>
    </section>
  );
}
