import { Link2 } from "lucide-react";
import { type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Popover } from "@/ui";
import { TextField } from "@/ui/form";
import type { RichHandle } from "./RichEditor";

/** `example.com` means https; only addresses a mail may carry are let through. */
export function webAddress(typed: string): string | null {
  const text = typed.trim();
  const full = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : text.includes("@") && !text.includes("/") ? `mailto:${text}` : `https://${text}`;
  return URL.canParse(full) && /^(https?|mailto|tel):/i.test(full) && !/\s/.test(full) ? full : null;
}

export function LinkButton({ editor, active }: { editor: RefObject<RichHandle | null>; active: boolean }) {
  const { t } = useTranslation("composer");
  const [open, setOpen] = useState(false);
  const [href, setHref] = useState("");
  const [wrong, setWrong] = useState(false);
  const put = (value: string) => {
    setOpen(false);
    editor.current?.setLink(value);
  };
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next) => {
        if (next) setHref(editor.current?.href() ?? "");
        setWrong(false);
        setOpen(next);
      }}
    >
      <Popover.Trigger asChild>
        <IconButton label={t("format.link")} size="sm" aria-pressed={active} className="aria-pressed:bg-hover aria-pressed:text-ink">
          <Link2 aria-hidden />
        </IconButton>
      </Popover.Trigger>
      <Popover.Content side="top" align="start" aria-label={t("format.link")} onCloseAutoFocus={(e) => e.preventDefault()}>
        <form
          className="flex w-72 max-w-full flex-col gap-3 p-1"
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            e.stopPropagation();
            const good = webAddress(href);
            if (href.trim() && good) put(good);
            else setWrong(true);
          }}
        >
          <TextField label={t("format.linkTo")} type="url" value={href} onChange={setHref} error={wrong ? t("format.linkWrong") : null} autoComplete="off" placeholder="https://" />
          <div className="flex justify-end gap-2">
            {active && (
              <Button variant="ghost" onClick={() => put("")}>
                {t("format.linkRemove")}
              </Button>
            )}
            <Button type="submit" variant="primary">
              {t("format.linkSet")}
            </Button>
          </div>
        </form>
      </Popover.Content>
    </Popover.Root>
  );
}
