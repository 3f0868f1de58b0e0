import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import type { Channel, Descriptor } from "@/api/types";
import { smsParts } from "@/features/inbox/composer/parts";
import { ChannelDisc } from "@/ui";
import { useDescriptors } from "../queries";
import { fill } from "./words";

/** The answer as its reader gets it: a letter, a bubble, or a short message with the parts it costs. */
export function AnswerPreview({ text, channel, channels, opens }: { text: string; channel: Channel | undefined; channels: Channel[]; opens: string | null }) {
  const { t, i18n } = useTranslation("hours");
  const me = useMe();
  const kinds = useDescriptors();
  const one = (c: Channel) => kinds.data?.find((d) => d.id === c.provider);
  // One channel of each kind is enough to look at.
  const shown = (channel ? [channel] : channels.filter((c, i) => channels.findIndex((o) => o.channel === c.channel) === i)).filter((c) => !one(c)?.capabilities.inbound_only);
  const [picked, setPicked] = useState("");
  const current = shown.find((c) => c.id === picked) ?? shown[0];
  const kind = current && one(current);
  const when = new Date(opens ?? Date.now() + 15 * 3_600_000);
  const example = {
    name: t("preview.name"),
    number: "1042",
    opens: opens ? new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: me?.workspace.time_zone }).format(when) : t("preview.opens"),
  };
  const words = fill(text, example);
  return (
    <section aria-label={t("preview.title")} className="min-w-0">
      <div className="mb-2 flex min-h-7 flex-wrap items-center gap-1.5">
        <h3 className="me-1 text-xs font-medium text-ink-3">{t("preview.title")}</h3>
        {shown.length > 1 &&
          shown.map((c) => (
            <button
              key={c.id}
              type="button"
              aria-label={c.name}
              title={c.name}
              aria-pressed={current?.id === c.id}
              onClick={() => setPicked(c.id)}
              className={`grid size-7 place-items-center rounded-full max-md:size-11 ${current?.id === c.id ? "bg-accent-soft ring-1 ring-accent" : "hover:bg-hover"}`}
            >
              <ChannelDisc channel={c.channel} provider={c.provider} size={18} />
            </button>
          ))}
      </div>
      {!words.trim() ? (
        <p className="rounded-lg border border-dashed border-line p-4 text-sm text-ink-3">{t("preview.empty")}</p>
      ) : kind?.capabilities.subject ? (
        <Letter from={current?.account_identifier ?? ""} words={words} to={example.name} />
      ) : (
        <Bubble words={words} name={current?.name ?? t("workspace")} kind={kind} locale={i18n.language} />
      )}
    </section>
  );
}

function Letter({ from, to, words }: { from: string; to: string; words: string }) {
  const { t } = useTranslation("hours");
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-raised">
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 border-b border-line px-4 py-2.5 text-xs text-ink-3">
        <dt>{t("preview.from")}</dt>
        <dd className="truncate text-ink-2">{from}</dd>
        <dt>{t("preview.to")}</dt>
        <dd className="truncate text-ink-2">{to}</dd>
        <dt>{t("preview.subject")}</dt>
        <dd className="truncate text-ink-2">{t("preview.re")}</dd>
      </dl>
      <p className="px-4 py-3 text-sm whitespace-pre-wrap [overflow-wrap:anywhere]" dir="auto">
        {words}
      </p>
    </div>
  );
}

function Bubble({ words, name, kind, locale }: { words: string; name: string; kind: Descriptor | undefined; locale: string }) {
  const { t } = useTranslation("hours");
  const parts = kind?.limits.sms_parts ? smsParts(words).parts : 0;
  const longest = kind?.limits.text_chars ?? 0;
  const over = longest > 0 && [...words].length > longest;
  return (
    <div className="rounded-lg border border-line bg-subtle p-4">
      <p className="mb-1 text-2xs text-ink-3">{name}</p>
      <p className="w-fit max-w-[85%] rounded-xl rounded-ss-xs bg-raised px-3.5 py-2.5 text-sm whitespace-pre-wrap shadow-1 [overflow-wrap:anywhere]" dir="auto">
        {words}
      </p>
      {parts > 0 && <p className="mt-2 text-xs text-ink-3">{t("preview.parts", { count: parts })}</p>}
      {over && <p className="mt-2 text-xs font-medium text-bad">{t("preview.tooLong", { most: longest.toLocaleString(locale) })}</p>}
    </div>
  );
}
