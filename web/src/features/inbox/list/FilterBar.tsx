import { Check, ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Menu } from "@/ui";
import { useChannels, useMembers, useTags } from "../data";
import type { Filter } from "../filter";

interface Choice {
  value: string | undefined;
  label: string;
}

function Chip({ label, active, choices, value, onPick }: { label: string; active: boolean; choices: Choice[]; value: string | undefined; onPick: (value: string | undefined) => void }) {
  return (
    <Menu.Root>
      <Menu.Trigger
        className={`inline-flex h-7 max-w-40 shrink-0 items-center gap-1 rounded-full px-2.5 text-xs shadow-[0_0_0_1px_var(--line-strong)] max-md:h-9 ${active ? "bg-accent-soft text-accent-ink" : "bg-raised text-ink-2 hover:bg-hover"}`}
      >
        <span className="truncate">{label}</span>
        <ChevronDown className="size-3 shrink-0" aria-hidden />
      </Menu.Trigger>
      <Menu.Content>
        {choices.map((c) => (
          <Menu.Item key={c.value ?? ""} onSelect={() => onPick(c.value)}>
            <span className="flex-1 truncate">{c.label}</span>
            {c.value === value && <Check className="size-4 text-accent" aria-hidden />}
          </Menu.Item>
        ))}
      </Menu.Content>
    </Menu.Root>
  );
}

/** What the list is narrowed by; each chip says its value. */
export function FilterBar({ filter, onChange }: { filter: Filter; onChange: (patch: Partial<Filter>) => void }) {
  const { t } = useTranslation("inbox");
  const channels = useChannels();
  const members = useMembers();
  const tags = useTags();
  const statuses: Choice[] = ["open", "new", "pending", "snoozed", "resolved", "archived", "spam", "all"].map((s) => ({ value: s, label: t(`status.${s}`) }));
  const people: Choice[] = [
    { value: undefined, label: t("filter.anyone") },
    { value: "me", label: t("filter.me") },
    { value: "none", label: t("filter.nobody") },
    ...members.map((m) => ({ value: m.id, label: m.name })),
  ];
  const places: Choice[] = [{ value: undefined, label: t("filter.anyChannel") }, ...channels.map((c) => ({ value: c.id, label: c.name }))];
  const marks: Choice[] = [{ value: undefined, label: t("filter.anyTag") }, ...tags.map((g) => ({ value: g.name, label: g.name }))];
  const label = (choices: Choice[], value: string | undefined) => choices.find((c) => c.value === value)?.label ?? choices[0]?.label ?? "";
  return (
    <div className="flex flex-wrap gap-1.5 px-4 pb-2">
      <Chip label={label(statuses, filter.status ?? "open")} active={!!filter.status && filter.status !== "open"} choices={statuses} value={filter.status ?? "open"} onPick={(status) => onChange({ status })} />
      <Chip label={label(places, filter.channel_id)} active={!!filter.channel_id} choices={places} value={filter.channel_id} onPick={(channel_id) => onChange({ channel_id })} />
      <Chip label={label(people, filter.assignee)} active={!!filter.assignee} choices={people} value={filter.assignee} onPick={(assignee) => onChange({ assignee })} />
      {tags.length > 0 && <Chip label={label(marks, filter.tag)} active={!!filter.tag} choices={marks} value={filter.tag} onPick={(tag) => onChange({ tag })} />}
      <button
        type="button"
        aria-pressed={!!filter.unread}
        onClick={() => onChange({ unread: filter.unread ? undefined : true })}
        className={`h-7 shrink-0 rounded-full px-2.5 text-xs shadow-[0_0_0_1px_var(--line-strong)] max-md:h-9 ${filter.unread ? "bg-accent-soft text-accent-ink" : "bg-raised text-ink-2 hover:bg-hover"}`}
      >
        {t("filter.unread")}
      </button>
    </div>
  );
}
