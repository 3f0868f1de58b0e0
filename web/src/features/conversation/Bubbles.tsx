import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { Avatar, Ticks } from "@/ui";
import { Files } from "./Files";
import { timeOf } from "./group";
import { Marks } from "./Marks";
import { MessageMenu } from "./MessageMenu";
import { Quote } from "./Quote";
import { SendState } from "./SendState";
import { Said, Traces } from "./Said";

/** Chat: what one person said in a row. */
export function Bubbles({ messages, mine, provider }: { messages: Message[]; mine: string | undefined; provider: string }) {
  const { t, i18n } = useTranslation("thread");
  const first = messages[0] as Message;
  const last = messages.at(-1) as Message;
  const out = first.direction === "outbound";
  const author = out && first.sender_id === mine ? t("you") : (first.sender_name ?? first.from ?? "");
  const clock = new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" });
  return (
    <div className={`flex gap-2.5 ${out ? "flex-row-reverse" : ""}`}>
      <span className="flex w-8 shrink-0 items-end pb-5 max-md:hidden">
        <Avatar name={first.sender_name ?? "?"} id={first.sender_id ?? first.from ?? ""} size={32} />
      </span>
      <div className={`flex max-w-[78%] min-w-0 flex-col gap-1 max-md:max-w-[88%] ${out ? "items-end" : "items-start"}`}>
        <span className="flex max-w-full items-center gap-2 px-1 text-xs text-ink-3">
          <bdi className="truncate">{author}</bdi>
          <Marks message={first} />
        </span>
        {messages.map((m, i) => (
          <div key={m.id} id={m.id} className="group/msg flash flex max-w-full flex-col">
            <div className={`flex items-center gap-1 ${out ? "flex-row-reverse" : ""}`}>
              <div
                className={`min-w-0 rounded-2xl px-3.5 py-2 text-base text-ink ${out ? "bg-bubble-out" : "bg-bubble-in"} ${i === messages.length - 1 ? (out ? "rounded-ee-[5px]" : "rounded-es-[5px]") : ""}`}
              >
                {m.reply_to_id && !m.is_deleted && <Quote message={m} />}
                <Said message={m} />
                {m.attachments.length > 0 && <Files files={m.attachments} />}
              </div>
              <span className="opacity-0 group-focus-within/msg:opacity-100 group-hover/msg:opacity-100 max-md:opacity-100">
                <MessageMenu message={m} provider={provider} />
              </span>
            </div>
            <Traces message={m} />
            <SendState message={m} />
          </div>
        ))}
        <span className="flex items-center gap-1 px-1 text-2xs tabular-nums text-ink-3">
          <time dateTime={timeOf(last)}>{clock.format(new Date(timeOf(last)))}</time>
          {out && <Ticks status={last.status} />}
        </span>
      </div>
    </div>
  );
}
