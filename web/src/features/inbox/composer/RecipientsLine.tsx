import { ChevronDown, Reply, ReplyAll } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useKeys } from "@/lib/keymap";
import type { Address } from "@/api/types";
import { Tip } from "@/ui";
import { AddressField } from "./AddressField";
import type { Recipients } from "./recipients";

interface Props {
  value: Recipients;
  onChange: (value: Recipients) => void;
  /** Whether everybody gets it; null where there is only one to answer. */
  all: boolean | null;
  onAll: (all: boolean) => void;
  /** Null when the channel has no subjects. */
  subject: string | null;
  onSubject: (subject: string) => void;
  errors: Record<string, string>;
}

const names = (list: readonly Address[]) => list.map((a) => a.name || a.address).join(", ");
const concerns = (field: string, errors: Record<string, string>) =>
  Object.entries(errors).find(([k]) => k === field || k.startsWith(`${field}.`) || k.startsWith(`${field}[`))?.[1];

/** Who gets the mail, in one line until someone wants to change it. */
export function RecipientsLine({ value, onChange, all, onAll, subject, onSubject, errors }: Props) {
  const { t } = useTranslation("composer");
  const keysOf = useKeys();
  const [opened, setOpened] = useState(false);
  const failed = ["to", "cc", "bcc", "subject"].some((f) => concerns(f, errors));

  // Stays open while the writer mends it.
  useEffect(() => {
    if (failed) setOpened(true);
  }, [failed]);

  if (!opened && !failed) {
    const copies = [...value.cc, ...value.bcc];
    return (
      <div className="mx-2 mt-1 flex items-center gap-1">
        <button
          type="button"
          aria-expanded={false}
          onClick={() => setOpened(true)}
          className="flex h-7 min-w-0 items-center gap-1.5 rounded-sm px-1.5 text-xs text-ink-3 hover:bg-hover hover:text-ink max-md:h-11"
        >
          <span className="truncate">
            {value.to.length ? t("recipients.toLine", { names: names(value.to) }) : t("recipients.nobody")}
            {copies.length > 0 && ` · ${t("recipients.ccLine", { names: names(copies) })}`}
          </span>
          <ChevronDown className="size-3.5 shrink-0" aria-hidden />
          <span className="sr-only">{t("recipients.change")}</span>
        </button>
        {all !== null && (
          <Tip label={t(all ? "recipients.senderTip" : "recipients.allTip")} keys={keysOf(all ? "reply" : "replyAll")}>
            <button
              type="button"
              onClick={() => onAll(!all)}
              className="flex h-7 shrink-0 items-center gap-1.5 rounded-sm px-1.5 text-xs text-ink-3 hover:bg-hover hover:text-ink max-md:h-11"
            >
              {all ? <Reply className="size-3.5" aria-hidden /> : <ReplyAll className="size-3.5" aria-hidden />}
              {t(all ? "recipients.senderOnly" : "recipients.all")}
            </button>
          </Tip>
        )}
      </div>
    );
  }
  return (
    <div role="group" aria-label={t("recipients.label")} className="pt-1">
      {(["to", "cc", "bcc"] as const).map((field) => (
        <AddressField
          key={field}
          label={t(`recipients.${field}`)}
          value={value[field]}
          autoFocus={field === "to" && !failed}
          error={concerns(field, errors)}
          onChange={(list) => onChange({ ...value, [field]: list })}
        />
      ))}
      {subject !== null && (
        <div className="px-3.5">
          <label className="flex min-h-8 items-center gap-2 border-b border-line text-xs text-ink-3">
            <span className="shrink-0">{t("subject")}</span>
            <input
              value={subject}
              maxLength={500}
              aria-invalid={concerns("subject", errors) ? true : undefined}
              onChange={(e) => onSubject(e.target.value)}
              className="h-7 min-w-0 flex-1 bg-transparent text-xs text-ink outline-none max-md:h-11 max-md:text-[16px]"
            />
          </label>
          {concerns("subject", errors) && (
            <p role="alert" className="pt-1 text-xs font-medium text-bad">
              {concerns("subject", errors)}
            </p>
          )}
        </div>
      )}
    </div>
  );
}
