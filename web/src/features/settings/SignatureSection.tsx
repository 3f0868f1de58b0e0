import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Descriptor, Signature } from "@/api/types";
import { MessageField } from "@/features/inbox/composer/MessageField";
import { clear, useWriting, write, written } from "@/features/inbox/composer/state";
import { htmlForMail } from "@/features/inbox/composer/text";
import { useAttachments } from "@/features/inbox/composer/use-attachments";
import { useSignature } from "@/features/inbox/composer/use-signature";
import { useChannels, useChannelTypes } from "@/features/inbox/data";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button, ErrorState, toast } from "@/ui";
import { SwitchField } from "@/ui/form";
import { Section } from "./Page";

const TEXT = "settings.signature";
const RICH = { capabilities: { html: true, attachments: false }, limits: { text_chars: 10_000, text_bytes: 0, attachments: 0, attachment_bytes: 0 } } as unknown as Descriptor;

/** One's own signature, and on which mail channels it stands. */
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
  const [off, setOff] = useState(signature.off_channels);
  const [ready, setReady] = useState(false);
  const attachments = useAttachments(TEXT, RICH.limits, () => {});
  const html = useWriting((s) => s.texts[TEXT]?.html) ?? "";
  useEffect(() => {
    write(TEXT, { text: signature.text, html: signature.html });
    setReady(true);
    return () => clear(TEXT);
  }, [signature]);
  const changed = ready && (htmlForMail(html) !== htmlForMail(signature.html) || off.join() !== signature.off_channels.join());
  return (
    <form
      ref={submit.form}
      noValidate
      className="flex max-w-[640px] flex-col gap-4"
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(async () => {
          const w = written(TEXT);
          const saved = await api.put<Signature>("/me/signature", { html: htmlForMail(w.html ?? ""), text: w.text, off_channels: off });
          client.setQueryData(["signature"], saved);
          toast(t("signature.saved"));
        }, {});
      }}
    >
      {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
      <MessageField id={TEXT} label={t("signature.label")} placeholder={t("signature.placeholder")} descriptor={RICH} attachments={attachments} onKey={() => false} />
      {submit.errors.html && (
        <p role="alert" className="text-xs font-medium text-bad">
          {submit.errors.html}
        </p>
      )}
      {mail.length > 0 ? (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-2 text-sm font-medium">{t("signature.channels")}</legend>
          {mail.map((c) => (
            <SwitchField
              key={c.id}
              label={c.name}
              hint={c.account_identifier === c.name ? undefined : c.account_identifier}
              checked={!off.includes(c.id)}
              onChange={(on) => setOff(on ? off.filter((id) => id !== c.id) : [...off, c.id])}
            />
          ))}
        </fieldset>
      ) : (
        types.length > 0 && <p className="text-sm text-ink-3">{t("signature.none")}</p>
      )}
      <Button type="submit" variant="primary" className="self-start" loading={submit.busy} disabled={!changed}>
        {t("save")}
      </Button>
    </form>
  );
}
