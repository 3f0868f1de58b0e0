import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useEvents, useMe } from "@/api/client";
import type { Channel, Conversation, Descriptor } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Avatar, Button } from "@/ui";
import { TextField } from "@/ui/form";

/** A made-up customer writes through the real intake; the conversation shows up right here. */
export function TestMessage({ channel, descriptor }: { channel: Channel; descriptor?: Descriptor }) {
  const { t } = useTranslation("settings");
  const me = useMe();
  const [text, setText] = useState(() => t("test.hello"));
  const [sent, setSent] = useState(false);
  const [arrived, setArrived] = useState<Conversation | null>(null);
  const waiting = useRef(false);
  const submit = useSubmit();

  useEvents((frame) => {
    if (!waiting.current || frame.type !== "event" || !frame.conversation || frame.conversation.channel_id !== channel.id) return;
    if (frame.kind === "message.created" || frame.kind === "conversation.created") setArrived(frame.conversation);
  });

  const mail = !!descriptor?.capabilities.subject;
  const send = async () => {
    waiting.current = true;
    setArrived(null);
    await api.post(`/channels/${channel.id}/simulate`, {
      from: mail ? "test.customer@example.com" : "+15550100199",
      from_name: t("test.customer"),
      subject: mail ? t("test.subject") : undefined,
      text: text.trim() || t("test.hello"),
    });
    setSent(true);
  };

  return (
    <form
      ref={submit.form}
      className="flex flex-col items-start gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(send);
      }}
    >
      {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
      {Object.values(submit.errors).length > 0 && <Problem>{Object.values(submit.errors).join(" ")}</Problem>}
      <div className="flex w-full items-end gap-2 max-md:flex-col max-md:items-stretch">
        <TextField label={t("test.label")} value={text} onChange={setText} className="flex-1" maxLength={500} />
        <Button type="submit" size="lg" loading={submit.busy}>
          {t("test.send")}
        </Button>
      </div>
      <div aria-live="polite" className="w-full">
        {arrived ? (
          <div className="flex items-center gap-3 rounded-lg border border-line bg-accent-soft p-3">
            <Avatar name={arrived.contact?.name ?? t("test.customer")} id={arrived.contact_id ?? arrived.id} size={36} />
            <div className="min-w-0 flex-1">
              <div className="flex items-center gap-1.5 text-sm font-medium">
                <CircleCheck className="size-4 shrink-0 text-good" aria-hidden />
                <span className="truncate">{t("test.arrived")}</span>
              </div>
              <div className="truncate text-xs text-ink-2">{arrived.last_message_preview}</div>
            </div>
            <Button asChild>
              <Link to="/inbox/$id" params={{ id: arrived.id }}>
                {t("test.open")}
              </Link>
            </Button>
          </div>
        ) : (
          sent && <p className="text-sm text-ink-3">{t("test.waiting", { name: me?.account.name })}</p>
        )}
      </div>
    </form>
  );
}
