import { useQueryClient } from "@tanstack/react-query";
import { Archive, ArchiveRestore, ArrowDown, ArrowUp, MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";

/** What an attribute and a sub-status have in common: a name, a place in a list, and that it can be put away. */
interface Definition {
  id: string;
  name: string;
  archived: boolean;
}
interface Change {
  position?: number;
  archived?: boolean;
}

/** Changes and removes such definitions. `kind` names their address and what is known of them; their words are those of the page. */
export function useDefinitions<T extends Definition>(kind: "attribute-definitions" | "sub-statuses", words: "attributes" | "statuses") {
  const { t } = useTranslation(words);
  const client = useQueryClient();
  const [removing, setRemoving] = useState<T | null>(null);
  const again = () => client.invalidateQueries({ queryKey: [kind] });
  const change = async (d: T, patch: Change) => {
    try {
      await api.patch(`/${kind}/${d.id}`, patch);
    } catch (e) {
      toast.error((e instanceof ApiError && e.detail) || t("failed"));
    }
    await again();
  };
  const asking = (
    <ConfirmDialog
      open={!!removing}
      onOpenChange={(open) => !open && setRemoving(null)}
      title={t("removeTitle", { name: removing?.name })}
      text={t("removeText")}
      confirm={t("removeIt")}
      danger
      onConfirm={async () => {
        if (!removing) return;
        await api.delete(`/${kind}/${removing.id}`);
        await again();
      }}
    />
  );
  return { change, remove: setRemoving, asking };
}

interface Props {
  of: Definition;
  words: "attributes" | "statuses";
  /** Its place, and how many there are. */
  at: number;
  many: number;
  onEdit: () => void;
  onChange: (patch: Change) => void;
  /** Without it, it stays: something has it. */
  onRemove?: () => void;
}

/** What can be done with one of them. */
export function DefinitionMenu({ of: d, words, at, many, onEdit, onChange, onRemove }: Props) {
  const { t } = useTranslation(words);
  const { name } = d;
  return (
    <Menu.Root>
      <Menu.Trigger asChild>
        <IconButton label={t("moreOf", { name })}>
          <MoreHorizontal aria-hidden />
        </IconButton>
      </Menu.Trigger>
      <Menu.Content align="end">
        <Menu.Item icon={<Pencil />} onSelect={onEdit}>
          {t("edit", { name })}
        </Menu.Item>
        {at > 0 && (
          <Menu.Item icon={<ArrowUp />} onSelect={() => onChange({ position: at - 1 })}>
            {t("up", { name })}
          </Menu.Item>
        )}
        {at < many - 1 && (
          <Menu.Item icon={<ArrowDown />} onSelect={() => onChange({ position: at + 1 })}>
            {t("down", { name })}
          </Menu.Item>
        )}
        <Menu.Item icon={d.archived ? <ArchiveRestore /> : <Archive />} onSelect={() => onChange({ archived: !d.archived })}>
          {t(d.archived ? "unarchive" : "archive", { name })}
        </Menu.Item>
        {onRemove && (
          <>
            <Menu.Separator />
            <Menu.Item icon={<Trash2 />} danger onSelect={onRemove}>
              {t("remove", { name })}
            </Menu.Item>
          </>
        )}
      </Menu.Content>
    </Menu.Root>
  );
}
