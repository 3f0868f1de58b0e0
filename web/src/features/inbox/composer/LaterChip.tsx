import { Clock, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui";
import type { Later } from "./draft";

/** Below the words: when they are to leave. */
export function LaterChip({ later, time, onChange, onClear }: { later: Later; time: string; onChange: () => void; onClear: () => void }) {
  const { t } = useTranslation("composer");
  return (
    <p className="mx-2 mb-2 flex items-center gap-2 rounded-md bg-accent-soft ps-2.5 text-xs text-accent-ink">
      <Clock className="size-3.5 shrink-0" aria-hidden />
      <button type="button" className="min-w-0 flex-1 truncate py-1.5 text-start hover:underline" onClick={onChange}>
        {t(later.unlessReply ? "send.whenUnless" : "send.when", { time })}
      </button>
      <IconButton label={t("send.whenClear")} size="sm" onClick={onClear}>
        <X aria-hidden />
      </IconButton>
    </p>
  );
}
