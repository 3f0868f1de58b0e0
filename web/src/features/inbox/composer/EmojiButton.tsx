import { Smile } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton, Popover } from "@/ui";

const EmojiPicker = lazy(() => import("./EmojiPicker"));

export function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation("composer");
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <IconButton label={t("emoji.label")} size="sm">
          <Smile aria-hidden />
        </IconButton>
      </Popover.Trigger>
      <Popover.Content side="top" align="start" aria-label={t("emoji.label")} onCloseAutoFocus={(e) => e.preventDefault()}>
        <Suspense fallback={<div className="skel h-72 w-72 max-w-full" />}>
          <EmojiPicker
            onPick={(emoji) => {
              setOpen(false);
              onPick(emoji);
            }}
          />
        </Suspense>
      </Popover.Content>
    </Popover.Root>
  );
}
