import { PenLine, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui";
import { signatureOn, useSignature } from "./use-signature";

interface Props {
  channelId: string;
  /** Left out of this one. */
  off: boolean;
  onOff: (off: boolean) => void;
}

/** What stands below the words of a mail: the writer's signature, which can be left out. */
export function Below({ channelId, off, onOff }: Props) {
  const { t } = useTranslation("composer");
  const s = signatureOn(useSignature().data, channelId);
  if (!s) return null;
  if (off)
    return (
      <button
        type="button"
        onClick={() => onOff(false)}
        className="mx-2 mb-1 flex h-7 items-center gap-1.5 rounded-sm px-1.5 text-xs text-ink-3 hover:bg-hover hover:text-ink max-md:h-9"
      >
        <PenLine className="size-3.5" aria-hidden /> {t("signature.add")}
      </button>
    );
  return (
    <div className="mx-3.5 mb-2 flex items-start gap-1 border-t border-dashed border-line pt-1">
      <p className="line-clamp-2 min-w-0 flex-1 pt-1 text-xs max-md:line-clamp-1 text-ink-3 [overflow-wrap:anywhere]">
        <span className="sr-only">{t("signature.label")}</span>
        {s.text.split(/\n+/).join(" · ") || t("signature.picture")}
      </p>
      <IconButton label={t("signature.leaveOut")} size="sm" onClick={() => onOff(true)}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
