import { ListPlus, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Popover } from "@/ui";

/** Buttons (or a list, as the channel shows them) that the customer can press instead of typing an answer. */
export function QuickReplies({ most, titles, onChange }: { most: number; titles: readonly string[]; onChange: (titles: string[]) => void }) {
  const { t } = useTranslation("composer");
  const [open, setOpen] = useState(false);
  const rows = titles.length ? titles : [""];
  const put = (at: number, title: string) => onChange(rows.map((r, i) => (i === at ? title : r)));
  const count = titles.filter((r) => r.trim()).length;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <IconButton label={count ? t("buttons.some", { count }) : t("buttons.add")} size="sm" className={count ? "bg-accent-soft text-accent-ink" : undefined}>
          <ListPlus aria-hidden />
        </IconButton>
      </Popover.Trigger>
      <Popover.Content align="start" className="w-80 max-w-[calc(100vw-24px)] p-3">
        <h3 className="text-sm font-semibold">{t("buttons.title")}</h3>
        <p className="mt-0.5 mb-2 text-xs text-ink-3">{t("buttons.hint", { most })}</p>
        <ul className="scroll flex max-h-64 flex-col gap-1.5 overflow-y-auto">
          {rows.map((title, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
            <li key={i} className="flex items-center gap-1">
              <input
                value={title}
                maxLength={20}
                autoComplete="off"
                aria-label={t("buttons.nth", { n: i + 1 })}
                placeholder={t("buttons.nth", { n: i + 1 })}
                onChange={(e) => put(i, e.target.value)}
                className="h-8 w-full min-w-0 rounded-sm border border-line-control bg-raised px-2 text-sm text-ink placeholder:text-ink-3 max-md:h-11 max-md:text-[16px]"
              />
              <IconButton label={t("buttons.remove", { n: i + 1 })} size="sm" onClick={() => onChange(rows.filter((_, at) => at !== i))}>
                <X aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
        <div className="mt-2 flex justify-between gap-2">
          <Button size="sm" variant="ghost" disabled={rows.length >= most} onClick={() => onChange([...rows, ""])}>
            <Plus aria-hidden /> {t("buttons.more")}
          </Button>
          <Button
            size="sm"
            onClick={() => {
              onChange(rows.filter((r) => r.trim()));
              setOpen(false);
            }}
          >
            {t("buttons.done")}
          </Button>
        </div>
      </Popover.Content>
    </Popover.Root>
  );
}
