import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useKey } from "@/lib/keymap";
import { useWish } from "@/features/inbox/bus";
import { useActs, useTags } from "@/features/inbox/data";
import { Combobox, IconButton, LabelDot, Popover } from "@/ui";

/** The tags of a conversation; a word that is new becomes a tag. */
export function TagsEditor({ id, tags }: { id: string; tags: readonly string[] }) {
  const { t } = useTranslation("details");
  const keys = useKey("tags");
  const acts = useActs();
  const known = useTags();
  const [open, setOpen] = useState(false);
  useWish("tags", () => setOpen(true));
  const has = (name: string) => tags.some((x) => x.toLowerCase() === name.toLowerCase());
  const hue = (name: string) => known.find((k) => k.name.toLowerCase() === name.toLowerCase())?.hue ?? 210;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {tags.map((name) => (
        <span key={name} className="inline-flex h-6 items-center gap-1.5 rounded-full ps-2 text-xs shadow-[0_0_0_1px_var(--line)]">
          <LabelDot hue={hue(name)} />
          {name}
          <button
            type="button"
            aria-label={t("removeTag", { name })}
            onClick={() => void acts.removeTags([id], [name])}
            className="grid size-6 place-items-center rounded-full text-ink-3 hover:bg-hover"
          >
            <X className="size-3" aria-hidden />
          </button>
        </span>
      ))}
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger asChild>
          <IconButton size="sm" label={t("addTag")} keys={keys}>
            <Plus />
          </IconButton>
        </Popover.Trigger>
        <Popover.Content>
          <Combobox
            label={t("addTag")}
            options={known.map((k) => ({ value: k.name, label: k.name, icon: <LabelDot hue={k.hue} /> }))}
            selected={known.filter((k) => has(k.name)).map((k) => k.name)}
            onPick={(name) => void (has(name) ? acts.removeTags([id], [name]) : acts.addTags([id], [name]))}
            empty={t("noTags")}
            create={(name) => t("createTag", { name })}
            onCreate={(name) => void acts.addTags([id], [name])}
          />
        </Popover.Content>
      </Popover.Root>
    </div>
  );
}
