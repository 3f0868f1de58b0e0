import { useTranslation } from "react-i18next";
import { CopyField } from "@/ui/CopyField";

/** Addresses of ours that belong into the provider's console. */
export function PasteRows({ rows }: { rows: readonly { label: string; value: string; help: string | null }[] }) {
  const { t } = useTranslation("settings");
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm text-ink-2">{t("channel.pasteText")}</p>
      {rows.map((row) => (
        <CopyField key={row.label} label={row.label} value={row.value} hint={row.help || undefined} />
      ))}
    </div>
  );
}
