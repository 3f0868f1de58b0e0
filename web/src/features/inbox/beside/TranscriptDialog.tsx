import { useQueryClient } from "@tanstack/react-query";
import { Download, Mail } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail, Message } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog } from "@/ui";
import { SwitchField, TextField } from "@/ui/form";
import { addMessage } from "../cache";
import { isEmail } from "../composer/recipients";
import { offerUndo, useActs, useContact, useMe } from "../data";

/** The conversation as a file, or as a mail to the customer. */
export default function TranscriptDialog({ detail, onClose }: { detail: ConversationDetail; onClose: () => void }) {
  const { t } = useTranslation("beside");
  const [internal, setInternal] = useState(false);
  const path = (format: string) => `/api/v1/conversations/${detail.id}/transcript?format=${format}${internal ? "&internal=true" : ""}`;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("transcript.title")}>
      <div className="flex flex-col gap-6">
        <section className="flex flex-col gap-3" aria-label={t("transcript.file")}>
          <h3 className="text-sm font-semibold">{t("transcript.file")}</h3>
          <SwitchField label={t("transcript.internal")} hint={t("transcript.internalHint")} checked={internal} onChange={setInternal} />
          <div className="flex flex-wrap gap-2">
            {(["html", "text"] as const).map((format) => (
              <Button key={format} asChild>
                <a href={path(format)} download>
                  <Download aria-hidden /> {t(`transcript.${format}`)}
                </a>
              </Button>
            ))}
          </div>
        </section>
        <MailIt detail={detail} onClose={onClose} />
      </div>
    </Dialog>
  );
}

function MailIt({ detail, onClose }: { detail: ConversationDetail; onClose: () => void }) {
  const { t } = useTranslation("beside");
  const client = useQueryClient();
  const me = useMe();
  const acts = useActs();
  const submit = useSubmit();
  const post = usePostOnce();
  const contact = useContact(detail.contact_id);
  const known = contact.data?.handles.find((h) => h.kind === "email")?.value ?? "";
  const [typed, setTyped] = useState<string | null>(null);
  const address = typed ?? known;
  const undo = me?.preferences.undo_seconds;
  const send = () =>
    submit.run(
      async () => {
        // Always as it is shown: the customer's first address may change meanwhile.
        const body = { to: [{ address: address.trim() }], undo_seconds: typeof undo === "number" ? undo : 10 };
        const made = await post<Message>(`/conversations/${detail.id}/transcript`, body);
        addMessage(client, detail.id, made);
        onClose();
        offerUndo(t("transcript.sent", { address: address.trim() }), t("undo"), () => void acts.cancel(made));
      },
      { to: !isEmail(address) && t("transcript.addressMissing") },
    );
  return (
    <form
      ref={submit.form}
      noValidate
      className="flex flex-col gap-3 border-t border-line pt-5"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <h3 className="text-sm font-semibold">{t("transcript.mail")}</h3>
      <p className="text-sm text-ink-2">{t("transcript.mailLead")}</p>
      <TextField
        label={t("transcript.address")}
        type="email"
        autoComplete="off"
        value={address}
        error={submit.errors.to ?? submit.errors.channel_id}
        onChange={(v) => {
          setTyped(v);
          submit.clear("to");
        }}
      />
      {submit.problem && (
        <p role="alert" className="text-sm font-medium text-bad [overflow-wrap:anywhere]">
          {submit.problem.status === 0 ? t("network") : submit.problem.detail || t("failed")}
        </p>
      )}
      <Button type="submit" variant="primary" className="self-start" loading={submit.busy}>
        <Mail aria-hidden /> {t("transcript.send")}
      </Button>
    </form>
  );
}
