import { useTranslation } from "react-i18next";
import { CheckField } from "@/ui/CheckField";
import { ChannelDisc } from "@/ui";
import { useChannels } from "../queries";

/** Some of the workspace's channels. */
export function ChannelChecks({ label, value, onChange, error }: { label?: string; value: string[]; onChange: (ids: string[]) => void; error?: string }) {
  const { t } = useTranslation("access");
  const channels = useChannels();
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{label ?? t("visibility.channels")}</legend>
      <div className="scroll max-h-44 overflow-y-auto rounded-sm border border-line px-3 py-1.5">
        {(channels.data ?? []).map((c) => (
          <CheckField
            key={c.id}
            checked={value.includes(c.id)}
            onChange={(on) => onChange(on ? [...value, c.id] : value.filter((id) => id !== c.id))}
            label={
              <span className="flex items-center gap-2">
                <ChannelDisc channel={c.channel} provider={c.provider} size={16} plain />
                <span className="min-w-0 truncate">{c.name}</span>
              </span>
            }
          />
        ))}
        {channels.data?.length === 0 && <p className="py-1 text-sm text-ink-3">{t("visibility.noChannels")}</p>}
      </div>
      {error && (
        <p role="alert" className="mt-1.5 text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
