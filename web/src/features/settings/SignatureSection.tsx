import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, Signature } from "@/api/types";
import type { Takes } from "@/features/inbox/composer/limits";
import { MessageField } from "@/features/inbox/composer/MessageField";
import { clear, useWriting, write } from "@/features/inbox/composer/state";
import { htmlForMail } from "@/features/inbox/composer/text";
import { useAttachments } from "@/features/inbox/composer/use-attachments";
import { useSignature } from "@/features/inbox/composer/use-signature";
import { useChannels, useChannelTypes } from "@/features/inbox/data";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { useUnsaved } from "@/lib/unsaved";
import { Button, ErrorState, toast } from "@/ui";
import { ChoiceField } from "@/ui/form";
import { Section } from "./Page";
import { type Choice, choicesOf, ending, written } from "./signature";

const EmailFrame = lazy(() => import("@/features/conversation/EmailFrame"));
const TEXT = "settings.signature";
const RICH: Takes = {
  capabilities: { html: true, attachments: false },
  limits: { text_chars: 10_000, text_bytes: 0, attachments: 0, attachment_bytes: 0, convert: [], media: [] },
};
const textOf = (channel: string) => `${TEXT}.${channel}`;

/** One's own signature, what stands on which mail channel, and how a mail ends with it. */
export function SignatureSection() {
  const { t } = useTranslation("settings");
  const query = useSignature();
  return (
    <Section title={t("signature.title")} lead={t("signature.lead")}>
      {query.isError && !query.data ? (
        <ErrorState title={t("signature.failed")} error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data ? (
        <Form key={query.data.updated_at ?? ""} signature={query.data} />
      ) : (
        <div className="skel h-40 max-w-[640px]" />
      )}
    </Section>
  );
}

function Form({ signature }: { signature: Signature }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const submit = useSubmit();
  const channels = useChannels();
  const types = useChannelTypes();
  const mail = channels.filter((c) => types.find((d) => d.id === c.provider)?.capabilities.recipients);
  const [choices, setChoices] = useState(() => choicesOf(signature));
  const [ready, setReady] = useState(false);
  const texts = useWriting((s) => s.texts);
  useEffect(() => {
    write(TEXT, { text: signature.text, html: signature.html });
    for (const own of signature.channels) write(textOf(own.channel_id), { text: own.text, html: own.html });
    setReady(true);
    return () => {
      for (const id of Object.keys(useWriting.getState().texts)) if (id.startsWith(TEXT)) clear(id);
    };
  }, [signature]);
  const words = (id: string) => ({ html: htmlForMail(texts[id]?.html ?? ""), text: texts[id]?.text ?? "" });
  const now = written(words(TEXT), choices, (channel) => words(textOf(channel)));
  const before = written({ html: htmlForMail(signature.html), text: signature.text }, choicesOf(signature), (channel) => {
    const own = signature.channels.find((c) => c.channel_id === channel);
    return { html: htmlForMail(own?.html ?? ""), text: own?.text ?? "" };
  });
  const same =
    now.html === before.html && JSON.stringify([now.off_channels, now.channels.map((c) => c.html)]) === JSON.stringify([before.off_channels, before.channels.map((c) => c.html)]);
  useUnsaved(ready && !same);
  const choose = (channel: string, choice: Choice) => {
    // One of its own begins as the usual one.
    if (choice === "own" && !texts[textOf(channel)]?.text.trim()) write(textOf(channel), { html: texts[TEXT]?.html ?? "", text: texts[TEXT]?.text ?? "" });
    setChoices({ ...choices, [channel]: choice });
  };
  return (
    <form
      ref={submit.form}
      noValidate
      className="flex max-w-[640px] flex-col gap-4"
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(async () => {
          const saved = await api.put<Signature>("/me/signature", now);
          client.setQueryData(["signature"], saved);
          toast(t("signature.saved"));
        }, {});
      }}
    >
      {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
      <Editor id={TEXT} label={t("signature.label")} error={submit.errors.html} />
      {mail.length > 0 ? (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-2 text-sm font-medium">{t("signature.channels")}</legend>
          {mail.map((c) => (
            <div key={c.id} className="flex flex-col gap-2">
              <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
                <span className="min-w-0 flex-1 basis-48">
                  <span className="block truncate text-sm">{c.name}</span>
                  {c.account_identifier !== c.name && <span className="block truncate text-xs text-ink-3">{c.account_identifier}</span>}
                </span>
                <ChoiceField
                  label={t("signature.on", { channel: c.name })}
                  hideLabel
                  className="w-52 max-md:w-full"
                  value={choices[c.id] ?? "usual"}
                  onChange={(choice) => choose(c.id, choice as Choice)}
                  options={(["usual", "own", "none"] as const).map((value) => ({ value, label: t(`signature.${value}`) }))}
                />
              </div>
              {choices[c.id] === "own" && <Editor id={textOf(c.id)} label={t("signature.of", { channel: c.name })} error={submit.errors.channels} />}
            </div>
          ))}
        </fieldset>
      ) : (
        types.length > 0 && <p className="text-sm text-ink-3">{t("signature.none_yet")}</p>
      )}
      {mail.length > 0 && ready && (
        <Preview
          mail={mail}
          endingOn={(channel) => {
            const choice = choices[channel] ?? "usual";
            const own = signature.endings.find((e) => e.channel_id === channel)?.text ?? "";
            return ending(choice === "none" ? null : words(choice === "own" ? textOf(channel) : TEXT), own);
          }}
        />
      )}
      <Button type="submit" variant="primary" className="self-start" loading={submit.busy} disabled={!ready || same}>
        {t("save")}
      </Button>
    </form>
  );
}

function Editor({ id, label, error }: { id: string; label: string; error: string | undefined }) {
  const { t } = useTranslation("settings");
  const attachments = useAttachments(id, RICH.limits, () => {});
  return (
    <div>
      <MessageField id={id} label={label} placeholder={t("signature.placeholder")} descriptor={RICH} attachments={attachments} onKey={() => false} />
      {error && (
        <p role="alert" className="mt-1.5 text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

/** The end of a mail as its reader sees it. */
function Preview({ mail, endingOn }: { mail: readonly Channel[]; endingOn: (channel: string) => string }) {
  const { t } = useTranslation("settings");
  const [chosen, choose] = useState("");
  const channel = mail.find((c) => c.id === chosen) ?? mail[0];
  if (!channel) return null;
  const html = endingOn(channel.id);
  return (
    <div role="group" aria-label={t("signature.preview")} className="rounded-lg border border-line p-4">
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <span className="flex-1 text-sm font-medium">{t("signature.preview")}</span>
        {mail.length > 1 && (
          <ChoiceField
            label={t("signature.previewOn")}
            hideLabel
            className="w-52 max-md:w-full"
            value={channel.id}
            onChange={choose}
            options={mail.map((c) => ({ value: c.id, label: c.name }))}
          />
        )}
      </div>
      {html ? (
        <Suspense fallback={<div className="skel h-16" />}>
          <EmailFrame html={`<p style="color:#8a817a">${t("signature.words")}</p>${html}`} attachments={[]} sender="" title={t("signature.preview")} />
        </Suspense>
      ) : (
        <p className="text-sm text-ink-3">{t("signature.nothing", { channel: channel.name })}</p>
      )}
    </div>
  );
}
