import { BookmarkPlus, ChevronDown, ListFilter, SlidersHorizontal, X } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { useKeys } from "@/lib/keymap";
import { LabelDot, Menu } from "@/ui";
import { TeamBadge } from "@/ui/TeamBadge";
import { useChannels, useMembers, useTags, useTeams } from "../data";
import type { Filter } from "../filter";
import type { Look } from "../views/look";
import { withFilterWords } from "../views/words";

const Conditions = lazy(() => withFilterWords(import("./Conditions")).then((m) => ({ default: m.Conditions })));

interface Choice {
  value: string | undefined;
  label: string;
}
export const chip = "inline-flex h-[26px] shrink-0 items-center gap-1 rounded-full border text-xs font-medium max-md:h-10";
export const plain = "border-line-strong text-ink-2 hover:bg-hover";
export const set = "border-transparent bg-accent-soft text-accent-ink hover:bg-accent-soft-2";

function Chip({
  name,
  choices,
  value,
  usual,
  onPick,
}: {
  name: string;
  choices: Choice[];
  value: string | undefined;
  usual?: string;
  onPick: (value: string | undefined) => void;
}) {
  const label = choices.find((c) => c.value === value)?.label ?? value ?? "";
  return (
    <Menu.Root>
      <Menu.Trigger aria-label={`${name}: ${label}`} className={cn(chip, "max-w-40 shrink ps-2.5 pe-1.5 max-md:ps-3.5", value === usual ? plain : set)}>
        <span className="truncate">{label}</span>
        <ChevronDown className="size-3.5 shrink-0 opacity-70" aria-hidden />
      </Menu.Trigger>
      <Menu.Content align="start">
        {choices.map((c) => (
          <Menu.Choice key={c.value ?? ""} checked={c.value === value} onSelect={() => onPick(c.value)}>
            {c.label}
          </Menu.Choice>
        ))}
      </Menu.Content>
    </Menu.Root>
  );
}

export interface FilterBarProps {
  filter: Filter;
  look: Look;
  onChange: (patch: Partial<Filter>) => void;
  /** Opens the builder. */
  onBuild: () => void;
  onSaveChanges: () => void;
  onSaveNew: () => void;
  onDiscard: () => void;
}

/** What the list is narrowed by: the simple chips, or the conditions of a filter. */
export function FilterBar(props: FilterBarProps) {
  if (!props.filter.filter && !props.filter.view) return <Chips {...props} />;
  return (
    <Suspense fallback={<div className="h-[34px] shrink-0 max-md:h-12" />}>
      <Conditions {...props} />
    </Suspense>
  );
}

function Chips({ filter, onChange, onBuild, onSaveNew }: FilterBarProps) {
  const { t } = useTranslation("inbox");
  const channels = useChannels();
  const members = useMembers();
  const tags = useTags();
  const teams = useTeams();
  const keysOf = useKeys();
  const narrowed = filter.status || filter.assignee || filter.team || filter.channel_id || filter.tag || filter.unread;
  const statuses = ["open", "new", "pending", "snoozed", "resolved", "archived", "spam", "all"].map((s) => ({ value: s, label: t(`status.${s}`) }));
  const people: Choice[] = [
    { value: undefined, label: t("filter.anyone") },
    { value: "me", label: t("filter.me") },
    { value: "none", label: t("filter.nobody") },
    ...members.map((m) => ({ value: m.id, label: m.name })),
  ];
  const places: Choice[] = [{ value: undefined, label: t("filter.anyChannel") }, ...channels.map((c) => ({ value: c.id, label: c.name }))];
  const team = teams.find((g) => g.id === filter.team);
  const hue = tags.find((g) => g.name === filter.tag)?.hue;
  return (
    <div role="group" aria-label={t("filter.label")} className="flex shrink-0 flex-wrap items-center gap-1.5 px-4 pb-2">
      <Chip
        name={t("filter.status")}
        choices={statuses}
        value={filter.status ?? "open"}
        usual="open"
        onPick={(status) => onChange({ status: status === "open" ? undefined : status })}
      />
      <Chip name={t("filter.channel")} choices={places} value={filter.channel_id} onPick={(channel_id) => onChange({ channel_id })} />
      <Chip name={t("filter.assignee")} choices={people} value={filter.assignee} onPick={(assignee) => onChange({ assignee })} />
      <Menu.Root>
        <Menu.Trigger
          aria-label={t("filter.more")}
          title={t("filter.more")}
          className="inline-flex size-[26px] shrink-0 items-center justify-center rounded-full border border-dashed border-line-control text-ink-3 hover:bg-hover max-md:size-10"
        >
          <SlidersHorizontal className="size-3.5" aria-hidden />
        </Menu.Trigger>
        <Menu.Content align="end">
          <Menu.Choice checked={!!filter.unread} onCheckedChange={(on) => onChange({ unread: on === true || undefined })}>
            {t("filter.unread")}
          </Menu.Choice>
          <Menu.Item icon={<ListFilter />} onSelect={onBuild}>
            {t("kept.more")}
          </Menu.Item>
          {narrowed && !filter.text && (
            <Menu.Item icon={<BookmarkPlus />} keys={keysOf("saveView")} onSelect={onSaveNew}>
              {t("kept.save")}
            </Menu.Item>
          )}
          {teams.length > 0 && (
            <>
              <Menu.Separator />
              <Menu.Heading>{t("filter.team")}</Menu.Heading>
              {teams.map((team) => (
                <Menu.Choice
                  key={team.id}
                  icon={<TeamBadge hue={team.hue} icon={team.icon} size={18} />}
                  checked={filter.team === team.id}
                  onCheckedChange={(on) => onChange({ team: on === true ? team.id : undefined })}
                >
                  {team.name}
                </Menu.Choice>
              ))}
            </>
          )}
          {tags.length > 0 && (
            <>
              <Menu.Separator />
              <Menu.Heading>{t("filter.tag")}</Menu.Heading>
              {tags.map((g) => (
                <Menu.Choice
                  key={g.id}
                  icon={<LabelDot hue={g.hue} className="size-2" />}
                  checked={filter.tag === g.name}
                  onCheckedChange={(on) => onChange({ tag: on === true ? g.name : undefined })}
                >
                  {g.name}
                </Menu.Choice>
              ))}
            </>
          )}
        </Menu.Content>
      </Menu.Root>
      {filter.unread && <Taken label={t("filter.unread")} remove={t("filter.remove", { name: t("filter.unread") })} onRemove={() => onChange({ unread: undefined })} />}
      {team && <Taken label={team.name} hue={team.hue} remove={t("filter.remove", { name: team.name })} onRemove={() => onChange({ team: undefined })} />}
      {filter.tag && <Taken label={filter.tag} hue={hue} remove={t("filter.remove", { name: filter.tag })} onRemove={() => onChange({ tag: undefined })} />}
    </div>
  );
}

function Taken({ label, hue, remove, onRemove }: { label: string; hue?: number; remove: string; onRemove: () => void }) {
  return (
    <span className={cn(chip, set, "max-w-40 ps-2.5 pe-0.5 hover:bg-accent-soft")}>
      {hue !== undefined && <LabelDot hue={hue} />}
      <span className="truncate">{label}</span>
      <button type="button" aria-label={remove} onClick={onRemove} className="grid size-6 place-items-center rounded-full hover:bg-accent-soft-2 max-md:size-10">
        <X className="size-3.5" aria-hidden />
      </button>
    </span>
  );
}
