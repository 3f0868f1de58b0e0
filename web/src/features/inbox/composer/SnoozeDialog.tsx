import { Clock } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isElsewhere } from "@/lib/zones";
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
}

/** Until when: one of the usual times or one of one's own, on the workspace's clocks. */
export function SnoozeDialog({ open, onOpenChange, title, confirm, onPick }: Props) {
  const { t, i18n } = useTranslation("composer");
  const zone = useZone();
  const [own, setOwn] = useState("");
  const [wrong, setWrong] = useState(false);
  const when = new Intl.DateTimeFormat(i18n.language, { weekday: "short", hour: "numeric", minute: "2-digit", timeZone: zone });
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title}>
      <ul className="flex flex-col">
        {snoozeChoices(zone).map((c) => (
          <li key={c.name}>
            <button type="button" className="flex h-9 w-full items-center gap-2.5 rounded-sm px-2 text-sm hover:bg-hover max-md:h-11" onClick={() => onPick(c.at)}>
              <Clock className="size-4 text-ink-3" aria-hidden />
              <span className="flex-1 text-start">{t(`snooze.${c.name}`)}</span>
              <span className="tnum text-ink-3">{when.format(c.at)}</span>
            </button>
          </li>
        ))}
      </ul>
      <form
        noValidate
        className="mt-3 flex items-end gap-2 border-t border-line pt-4"
        onSubmit={(e) => {
          e.preventDefault();
          e.stopPropagation();
          const at = ownTime(own, zone);
          if (at && at.getTime() > Date.now()) onPick(at);
          else setWrong(true);
        }}
      >
        <TextField
          className="flex-1"
          type="datetime-local"
          label={t("snooze.own")}
          value={own}
          onChange={(v) => (setOwn(v), setWrong(false))}
          error={wrong ? t("snooze.past") : null}
        />
        <Button type="submit" variant="primary" className="h-9">
          {confirm}
        </Button>
      </form>
      {isElsewhere(zone) && <p className="mt-2 text-xs text-ink-3">{t("snooze.zone", { zone: zone?.replaceAll("_", " ") })}</p>}
    </Dialog>
  );
}
