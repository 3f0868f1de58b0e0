import { useTranslation } from "react-i18next";
import { useKeys } from "@/lib/keymap";
import { keysText } from "@/lib/keys";
import { alongTabs } from "@/lib/tabs";

/** Reply or internal note: arrows move between them. */
export function ModeTabs({ note, panel, onChange }: { note: boolean; panel: string; onChange: (note: boolean) => void }) {
  const { t } = useTranslation("composer");
  const keysOf = useKeys();
  return (
    <div role="tablist" aria-label={t("what")} onKeyDown={alongTabs} className="flex gap-1">
      {[false, true].map((n) => (
        <button
          key={String(n)}
          type="button"
          role="tab"
          aria-selected={note === n}
          aria-controls={panel}
          tabIndex={note === n ? 0 : -1}
          title={[n ? t("note") : t("reply"), keysText(keysOf(n ? "note" : "reply") ?? "")].filter(Boolean).join(" · ")}
          onClick={() => onChange(n)}
          className={`h-7 shrink-0 whitespace-nowrap rounded-sm px-2.5 text-xs font-medium max-md:h-11 ${note === n ? (n ? "bg-note-line/60 text-note-ink" : "bg-hover text-ink") : note ? "text-note-ink hover:text-ink" : "text-ink-3 hover:text-ink"}`}
        >
          {n ? t("note") : t("reply")}
        </button>
      ))}
    </div>
  );
}
