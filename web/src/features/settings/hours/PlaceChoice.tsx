import { useTranslation } from "react-i18next";
import type { Channel, HoursPlace } from "@/api/types";
import { alongTabs } from "@/lib/tabs";
import { Badge, ChannelDisc } from "@/ui";
import { ChoiceField } from "@/ui/form";

/** More than this nobody finds by moving a row of tabs sideways. */
const MOST_TABS = 8;

interface Props {
  places: HoursPlace[];
  channels: Channel[];
  value: string;
  onChange: (place: string) => void;
}

/** The whole workspace, or one channel; those with hours of their own say so. */
export function PlaceChoice({ places, channels, value, onChange }: Props) {
  const { t } = useTranslation("hours");
  const own = (id: string) => places.some((p) => p.place === id);
  if (channels.length >= MOST_TABS) {
    // Those that differ from the workspace come first: they are what is looked for.
    const sorted = [...channels].sort((a, b) => Number(own(b.id)) - Number(own(a.id)));
    return (
      <ChoiceField
        className="mb-5 max-w-80 max-md:max-w-none"
        label={t("places")}
        value={value}
        onChange={onChange}
        options={[{ value: "workspace", label: t("workspace") }, ...sorted.map((c) => ({ value: c.id, label: own(c.id) ? t("placeOwn", { name: c.name }) : c.name }))]}
      />
    );
  }
  return (
    <div role="tablist" aria-label={t("places")} onKeyDown={alongTabs} className="scroll -mx-1 mb-5 flex gap-1 overflow-x-auto px-1 py-1">
      {[{ id: "workspace", name: t("workspace"), channel: null }, ...channels.map((c) => ({ id: c.id, name: c.name, channel: c }))].map((p) => (
        <button
          key={p.id}
          type="button"
          role="tab"
          aria-selected={value === p.id}
          tabIndex={value === p.id ? 0 : -1}
          onClick={() => onChange(p.id)}
          className={`flex h-9 max-w-64 shrink-0 items-center gap-2 rounded-full border px-3 text-sm max-md:h-11 ${value === p.id ? "border-accent bg-accent-soft font-medium text-accent-ink" : "border-line text-ink-2 hover:bg-hover"}`}
        >
          {p.channel && <ChannelDisc channel={p.channel.channel} provider={p.channel.provider} size={18} />}
          <span className="truncate">{p.name}</span>
          {p.channel && own(p.id) && <Badge>{t("own")}</Badge>}
        </button>
      ))}
    </div>
  );
}
