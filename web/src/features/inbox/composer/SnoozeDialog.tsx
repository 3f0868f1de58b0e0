import { CalendarClock, Clock, MessageCircleReply } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { readWhen } from "@/lib/when";
import { isElsewhere, wallTime } from "@/lib/zones";
import { Button, Dialog } from "@/ui";
import { TextField } from "@/ui/form";
import { useZone } from "../data";
import { ownTime, snoozeChoices } from "./snooze";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** The verb on the button. */
  confirm: string;
  onPick: (at: Date) => void;
  /** Offers to wait for the customer instead of a time. */
  onReply?: () => void;
  /** What else is to be decided. */
  children?: ReactNode;
}

/** Until when: one of the usual times, a time in words, or one from the calendar, on the workspace's clocks. */
export function SnoozeDialog({ open, onOpenChange, title, ...rest }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title}>
      {open && <Body {...rest} />}
    </Dialog>
  );
}

function Body({ confirm, onPick, onReply, children }: Pick<Props, "confirm" | "onPick" | "onReply" | "children">) {
  const { t, i18n } = useTranslation("composer");
  const zone = useZone();
  const [words, setWords] = useState("");
  const [own, setOwn] = useState("");
  const [wrong, setWrong] = useState<"words" | "own" | null>(null);
  const when = new Intl.DateTimeFormat(i18n.language, { weekday: "short", hour: "numeric", minute: "2-digit", timeZone: zone });
  const full = new Intl.DateTimeFormat(i18n.language, { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZone: zone });
  const read = useMemo(() => readWhen(words, zone, new Date(), i18n.language), [words, zone, i18n.language]);
  const row = "flex h-9 w-full items-center gap-2.5 rounded-sm px-2 text-sm hover:bg-hover max-md:h-11";
  return (
    <>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          e.stopPropagation();
          const now = own ? ownTime(own, zone) : readWhen(words, zone, new Date(), i18n.language);
          if (now && now.getTime() > Date.now()) onPick(now);
          else setWrong(own ? "own" : "words");
        }}
      >
        <div className="flex items-start gap-2">
          <TextField
            className="flex-1"
            label={t("snooze.words")}
            placeholder={t("snooze.example")}
            value={words}
            onChange={(v) => (setWords(v), setOwn(""), setWrong(null))}
            autoComplete="off"
            autoCapitalize="off"
            autoFocus
            error={wrong === "words" ? t("snooze.notUnderstood") : null}
            hint={words.trim() && !wrong ? <span role="status">{read ? full.format(read) : t("snooze.goOn")}</span> : undefined}
          />
          <Button type="submit" variant="primary" className="mt-[26px] h-9 max-md:h-11">
            {confirm}
          </Button>
        </div>
        <ul className="mt-3 flex flex-col border-t border-line pt-2">
          {onReply && (
            <li>
              <button type="button" className={row} onClick={onReply}>
                <MessageCircleReply className="size-4 text-ink-3" aria-hidden />
                <span className="flex-1 text-start">{t("snooze.reply")}</span>
              </button>
            </li>
          )}
          {snoozeChoices(zone).map((c) => (
            <li key={c.name}>
              <button type="button" className={row} onClick={() => onPick(c.at)}>
                <Clock className="size-4 text-ink-3" aria-hidden />
                <span className="flex-1 text-start">{t(`snooze.${c.name}`)}</span>
                <span className="tnum text-ink-3">{when.format(c.at)}</span>
              </button>
            </li>
          ))}
          <li>
            <label className={`${row} focus-within:bg-hover`}>
              <CalendarClock className="size-4 text-ink-3" aria-hidden />
              <span className="flex-1">{t("snooze.own")}</span>
              <input
                type="datetime-local"
                value={own}
                min={local(wallTime(new Date(), zone))}
                onChange={(e) => (setOwn(e.target.value), setWords(""), setWrong(null))}
                aria-invalid={wrong === "own" || undefined}
                className="h-8 rounded-sm border border-line-control bg-raised px-2 text-xs aria-invalid:border-bad max-md:h-9 max-md:text-[16px]"
              />
            </label>
            {wrong === "own" && (
              <p role="alert" className="px-2 pt-1 text-xs font-medium text-bad">
                {t("snooze.past")}
              </p>
            )}
          </li>
        </ul>
        {children && <div className="mt-2 border-t border-line pt-4">{children}</div>}
      </form>
      {isElsewhere(zone) && <p className="mt-3 text-xs text-ink-3">{t("snooze.zone", { zone: zone?.replaceAll("_", " ") })}</p>}
    </>
  );
}

const two = (n: number) => String(n).padStart(2, "0");
const local = (w: ReturnType<typeof wallTime>) => `${w.year}-${two(w.month)}-${two(w.day)}T${two(w.hour)}:${two(w.minute)}`;
