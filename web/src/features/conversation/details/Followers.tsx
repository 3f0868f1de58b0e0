import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe, useMembers } from "@/features/inbox/data";
import { useShaping } from "@/features/inbox/shaping/use-shaping";
import { Avatar, Button, Combobox, IconButton, Popover } from "@/ui";

/** Who of the team takes part in a conversation. */
export function Followers({ id, followers }: { id: string; followers: readonly string[] }) {
  const { t } = useTranslation("shaping");
  const me = useMe();
  const members = useMembers();
  const shaping = useShaping();
  const [open, setOpen] = useState(false);
  const there = followers.map((f) => members.find((m) => m.id === f)).filter((m) => !!m);
  const mine = !!me && followers.includes(me.member_id);
  return (
    <>
      {there.length === 0 && <p className="mb-2 text-xs text-ink-3">{t("follow.none")}</p>}
      <ul className="flex flex-wrap items-center gap-1.5">
        {there.map((m) => (
          <li key={m.id} className="inline-flex h-7 items-center gap-1.5 rounded-full ps-1 text-xs shadow-[0_0_0_1px_var(--line)]">
            <Avatar name={m.name} id={m.id} size={20} />
            <span className="max-w-32 truncate">{m.name}</span>
            <button
              type="button"
              aria-label={t("follow.remove", { name: m.name })}
              onClick={() => void shaping.follow(id, m.id, false)}
              className="grid size-6 place-items-center rounded-full text-ink-3 hover:bg-hover max-md:size-9"
            >
              <X className="size-3" aria-hidden />
            </button>
          </li>
        ))}
        <li>
          <Popover.Root open={open} onOpenChange={setOpen}>
            <Popover.Trigger asChild>
              <IconButton size="sm" label={t("follow.add")}>
                <Plus />
              </IconButton>
            </Popover.Trigger>
            <Popover.Content aria-label={t("follow.add")}>
              <Combobox
                label={t("follow.add")}
                options={members.map((m) => ({ value: m.id, label: m.name, icon: <Avatar name={m.name} id={m.id} size={20} /> }))}
                selected={[...followers]}
                empty={t("follow.nobody")}
                onPick={(member) => {
                  setOpen(false);
                  void shaping.follow(id, member, !followers.includes(member));
                }}
              />
            </Popover.Content>
          </Popover.Root>
        </li>
        {me && !mine && (
          <li>
            <Button size="sm" variant="ghost" onClick={() => void shaping.follow(id, me.member_id, true)}>
              {t("follow.take")}
            </Button>
          </li>
        )}
      </ul>
    </>
  );
}
