import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Conversation } from "@/api/types";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { ChoiceField, TextField } from "@/ui/form";
import { Below } from "../composer/Below";
import { checkText } from "../composer/limits";
import { MessageField } from "../composer/MessageField";
import { clear, useWriting, write, written } from "../composer/state";
import { htmlForMail } from "../composer/text";
import { useAttachments } from "../composer/use-attachments";
import { type Person, PersonField } from "./PersonField";
import { type Way, waysTo } from "./reach";

/** The text belongs to the dialog until it is sent; closing it keeps the text for the next time. */
const TEXT = "new";

interface Props {
  all: readonly Omit<Way, "address">[];
  initial: Person | null;
  channelId?: string;
  undoSeconds: number;
  onDone: () => void;
}

export function NewConversationForm({ all, initial, channelId, undoSeconds, onDone }: Props) {
  const { t } = useTranslation("newConversation");
  const { t: tc } = useTranslation("composer");
  const navigate = useNavigate();
  const client = useQueryClient();
  const submit = useSubmit();
  const [person, setPerson] = useState<Person | null>(initial);
  const [picked, setPicked] = useState(channelId ?? "");
  const w = useWriting((s) => s.texts[TEXT]);
  const reach = person ? waysTo(all, person) : [];
  const way = reach.find((r) => r.channel.id === picked) ?? reach[0];
  const subject = w?.subject ?? "";
  const descriptor = way?.descriptor ?? all[0]?.descriptor;
  const attachments = useAttachments(TEXT, descriptor?.limits, () => {});
  const [reused, setReused] = useState(false);

  const send = () =>
    submit.run(
      async () => {
        const now = written(TEXT);
        if (!way || !person || !now.key) return;
        const can = way.descriptor.capabilities;
        setReused(false);
        try {
          const made = await api.post<Conversation>(
            "/conversations",
            {
              channel_id: way.channel.id,
              ...("address" in person ? { to: [{ address: person.address }] } : { contact_id: person.id }),
              ...(can.subject && { subject: subject.trim() }),
              text: now.text.trim(),
              ...(can.html && now.html && { html: htmlForMail(now.html) }),
              ...(now.files.length > 0 && { attachments: now.files.map((f) => f.id) }),
              ...(can.recipients && { signature: !now.unsigned }),
              undo_seconds: undoSeconds,
            },
            { idempotencyKey: now.key },
          );
          clear(TEXT);
          onDone();
          void client.invalidateQueries({ queryKey: ["conversations"] });
          await navigate({ to: "/inbox/$id", params: { id: made.id } } as never);
        } catch (e) {
          if (e instanceof ApiError && e.code === "idempotency.key_reused") {
            write(TEXT, { key: crypto.randomUUID() });
            setReused(true);
            return;
          }
          throw e;
        }
      },
      {
        person: !person ? t("personMissing") : !way && t("unreachable", { name: "address" in person ? person.address : person.name }),
        subject: way?.descriptor.capabilities.subject && !subject.trim() && t("subjectMissing"),
        text: textProblem(),
      },
    );

  function textProblem() {
    const now = written(TEXT);
    if (!now.text.trim() && !now.files.length) return t("messageMissing");
    if (attachments.busy) return tc("files.waiting");
    if (attachments.uploads.some((u) => u.error)) return tc("files.broken");
    const breach = way && checkText(now.text, way.descriptor.limits);
    return breach?.kind === "text" ? tc("tooLong", { count: breach.over }) : null;
  }

  const wrong = (...fields: string[]) => fields.map((f) => submit.errors[f]).find(Boolean) ?? null;
  const problem = submit.problem && (submit.problem.status === 0 ? t("network") : submit.problem.detail || t("notSent"));

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
      <PersonField
        value={person}
        kinds={[...new Set(all.map((a) => a.kind))]}
        error={wrong("person", "to", "contact_id")}
        onChange={(p) => {
          setPerson(p);
          submit.clear("person", "to", "contact_id");
        }}
      />
      {person && !way && !wrong("person") && (
        <p role="status" className="text-sm text-warn">
          {t("unreachable", { name: "address" in person ? person.address : person.name })}
        </p>
      )}
      {way && (
        <ChoiceField
          label={t("channel")}
          value={way.channel.id}
          onChange={setPicked}
          error={wrong("channel_id")}
          options={reach.map((r) => ({ value: r.channel.id, label: r.channel.name + (r.address ? ` → ${r.address}` : "") }))}
        />
      )}
      {way?.descriptor.capabilities.subject && (
        <TextField
          label={t("subject")}
          value={subject}
          maxLength={500}
          error={wrong("subject")}
          onChange={(v) => {
            write(TEXT, { subject: v }, true);
            submit.clear("subject");
          }}
        />
      )}
      <div>
        <p className="mb-1.5 text-sm font-medium">{t("message")}</p>
        <MessageField
          id={TEXT}
          label={t("message")}
          placeholder=""
          descriptor={descriptor}
          attachments={attachments}
          onKey={(e) => {
            if (e.isComposing || e.key !== "Enter" || !(e.metaKey || e.ctrlKey)) return false;
            e.preventDefault();
            void send();
            return true;
          }}
        />
        {way?.descriptor.capabilities.recipients && (
          <div className="-mx-2 mt-1">
            <Below channelId={way.channel.id} off={!!w?.unsigned} onOff={(unsigned) => write(TEXT, { unsigned })} />
          </div>
        )}
        {wrong("text", "html", "attachments") && (
          <p role="alert" className="mt-1.5 text-xs font-medium text-bad">
            {wrong("text", "html", "attachments")}
          </p>
        )}
      </div>
      {(problem || reused) && (
        <p role="alert" className="text-sm font-medium text-bad [overflow-wrap:anywhere]">
          {reused ? tc("send.again") : problem}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button variant="ghost" onClick={onDone}>
          {t("cancel")}
        </Button>
        <Button type="submit" variant="primary" loading={submit.busy}>
          {t("send")}
        </Button>
      </div>
    </form>
  );
}
