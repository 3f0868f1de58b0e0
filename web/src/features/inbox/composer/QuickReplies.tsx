import { ListPlus, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Popover } from "@/ui";
import { TextField } from "@/ui/form";

interface Props {
  /** How many the channel shows. */
  most: number;
  /** Longest title. */
  chars: number;
  titles: readonly string[];
  onChange: (titles: string[]) => void;
}

/** Buttons (or a list, as the channel shows them) that the customer can press instead of typing an answer. */
export function QuickReplies({ most, chars, titles, onChange }: Props) {
  const { t } = useTranslation("composer");
  const [open, setOpen] = useState(false);
  const rows = titles.length ? titles : [""];
  const count = titles.filter((r) => r.trim()).length;
  const show = (next: boolean) => {
    if (!next && count < titles.length) onChange(titles.filter((r) => r.trim()));
    setOpen(next);
  };
  return (
    <Popover.Root open={open} onOpenChange={show}>
      <Popover.Trigger asChild>
        <IconButton label={count ? t("buttons.some", { count }) : t("buttons.add")} size="sm" className={count ? "bg-accent-soft text-accent-ink" : undefined}>
          <ListPlus aria-hidden />
        </IconButton>
      </Popover.Trigger>
      <Popover.Content side="top" align="start" aria-label={t("buttons.title")} className="w-80 max-w-[calc(100vw-24px)] p-3">
        <h3 className="text-sm font-semibold">{t("buttons.title")}</h3>
        <p className="mt-0.5 mb-2 text-xs text-ink-3">{t("buttons.hint", { most })}</p>
        <ul className="scroll -mx-1 flex max-h-64 flex-col gap-1.5 overflow-y-auto p-1">
          {rows.map((title, i) => {
            const last = i === rows.length - 1;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
              <li key={i} className="flex items-center gap-1">
                <TextField
                  label={t("buttons.nth", { n: i + 1 })}
                  hideLabel
                  placeholder={t("buttons.nth", { n: i + 1 })}
                  className="flex-1"
                  value={title}
                  maxLength={chars || undefined}
                  autoComplete="off"
                  autoFocus={last}
                  onChange={(to) => onChange(rows.map((r, at) => (at === i ? to : r)))}
                  onKeyDown={(e) => {
                    if (e.key !== "Enter" || e.nativeEvent.isComposing) return;
                    e.preventDefault();
                    if (last && title.trim() && rows.length < most) onChange([...rows, ""]);
                    else if (last) show(false);
                  }}
                />
                <IconButton label={t("buttons.remove", { n: i + 1 })} size="sm" onClick={() => onChange(rows.filter((_, at) => at !== i))}>
                  <X aria-hidden />
                </IconButton>
              </li>
            );
          })}
        </ul>
        <div className="mt-2 flex justify-between gap-2">
          <Button size="sm" variant="ghost" disabled={rows.length >= most} onClick={() => onChange([...rows, ""])}>
            <Plus aria-hidden /> {t("buttons.more")}
          </Button>
          <Button size="sm" onClick={() => show(false)}>
            {t("buttons.done")}
          </Button>
        </div>
      </Popover.Content>
    </Popover.Root>
  );
}

/** The buttons as they will stand under the text. */
export function ButtonChips({ titles, onChange }: Pick<Props, "titles" | "onChange">) {
  const { t } = useTranslation("composer");
  if (!titles.some((title) => title.trim())) return null;
  return (
    <ul aria-label={t("buttons.title")} className="scroll flex max-h-24 flex-wrap gap-1.5 overflow-y-auto px-3 pb-2">
      {titles.map((title, i) =>
        title.trim() ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a button is its place
          <li key={i} className="flex h-8 max-w-60 items-center rounded-md border border-line-strong bg-sheet ps-2.5 text-xs font-medium text-accent-ink">
            <span className="truncate">{title}</span>
            <IconButton label={t("buttons.remove", { n: i + 1 })} size="sm" onClick={() => onChange(titles.filter((_, at) => at !== i))}>
              <X aria-hidden />
            </IconButton>
          </li>
        ) : null,
      )}
    </ul>
  );
}
