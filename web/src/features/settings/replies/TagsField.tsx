import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTags } from "@/features/inbox/data";
import { Button, Combobox, LabelDot, Popover } from "@/ui";

/** Tags as chips, chosen from those there are or made anew. */
export function TagsField({
  label,
  value,
  onChange,
  fresh,
  error,
}: {
  label: string;
  value: string[];
  onChange: (value: string[]) => void;
  fresh?: boolean;
  error?: string | null;
}) {
  const { t } = useTranslation("replies");
  const id = useId();
  const tags = useTags();
  const [open, setOpen] = useState(false);
  const has = (name: string) => value.some((v) => v.toLowerCase() === name.toLowerCase());
  const add = (name: string) => {
    if (!has(name)) onChange([...value, name]);
    setOpen(false);
  };
  return (
    <div role="group" aria-labelledby={id}>
      <span id={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </span>
      <div className="flex flex-wrap items-center gap-1.5">
        {value.map((name) => (
          <span key={name} className="flex h-8 max-w-full items-center gap-2 rounded-sm border border-line-strong bg-raised ps-2.5 text-xs max-md:h-11">
            <LabelDot hue={tags.find((g) => g.name.toLowerCase() === name.toLowerCase())?.hue ?? 0} />
            <span className="truncate">{name}</span>
            <button
              type="button"
              aria-label={t("macros.tagGone", { name })}
              className="grid size-7 place-items-center rounded-sm text-ink-3 hover:text-ink max-md:size-10"
              onClick={() => onChange(value.filter((v) => v !== name))}
            >
              <X className="size-3" aria-hidden />
            </button>
          </span>
        ))}
        <Popover.Root open={open} onOpenChange={setOpen}>
          <Popover.Trigger asChild>
            <Button variant="outline" size="sm" className="max-md:h-11">
              <Plus aria-hidden /> {t("macros.pickTag")}
            </Button>
          </Popover.Trigger>
          <Popover.Content align="start" aria-label={label}>
            <Combobox
              label={t("macros.pickTag")}
              options={tags.map((g) => ({ value: g.name, label: g.name, icon: <LabelDot hue={g.hue} className="size-2" /> }))}
              selected={value}
              empty={t("macros.noTag")}
              create={fresh ? (name) => t("macros.newTag", { name }) : undefined}
              onCreate={fresh ? add : undefined}
              onPick={add}
            />
          </Popover.Content>
        </Popover.Root>
      </div>
      {error && (
        <p role="alert" className="mt-1.5 text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
