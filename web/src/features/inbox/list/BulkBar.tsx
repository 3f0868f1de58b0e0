import { Archive, CircleCheck, Clock, Ellipsis, MailOpen, Merge, ShieldX, Tag as TagIcon, Trash2, UserPlus, X } from "lucide-react";
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Avatar, Button, Combobox, IconButton, LabelDot, Menu, Popover } from "@/ui";
import type { Conversation, Page } from "@/api/types";
import { useClaim } from "../bus";
import { snoozeChoices } from "../composer/snooze";
import { useActs, useMe, useMembers, useTags, useZone } from "../data";
import { useShaping } from "../shaping/use-shaping";

interface Props {
  ids: string[];
  onDone: () => void;
  onAll: () => void;
}

/** What one does to several conversations at once; the same keys as for one. */
export function BulkBar({ ids, onDone, onAll }: Props) {
  const { t, i18n } = useTranslation(["inbox", "composer"]);
  const acts = useActs();
  const me = useMe();
  const members = useMembers();
  const tags = useTags();
  const zone = useZone();
  const client = useQueryClient();
  const [open, setOpen] = useState<"assign" | "tag" | "snooze" | null>(null);
  const then = (work: Promise<unknown>) => {
    setOpen(null);
    void work.then(onDone);
    return true;
  };
  const show = (what: typeof open) => () => {
    setOpen(what);
    return true;
  };
  const shaping = useShaping();
  // The oldest takes in the others.
  const merge = async () => {
    const rows = client.getQueriesData<InfiniteData<Page<Conversation>>>({ queryKey: ["conversations"] }).flatMap(([, list]) => list?.pages.flatMap((p) => p.data) ?? []);
    const age = (id: string) => rows.find((c) => c.id === id)?.number ?? Number.POSITIVE_INFINITY;
    const [first, ...others] = [...ids].sort((a, b) => age(a) - age(b));
    if (first && (await shaping.merge(first, others))) onDone();
  };
  useClaim("archive", () => then(acts.setStatus(ids, "archived")));
  useClaim("closeReopen", () => then(acts.setStatus(ids, "resolved")));
  useClaim("assignMe", () => then(acts.assign(ids, "me")));
  useClaim("unread", () => then(acts.markRead(ids, false)));
  useClaim("spam", () => then(acts.setStatus(ids, "spam")));
  useClaim("assign", show("assign"));
  useClaim("tags", show("tag"));
  useClaim("snooze", show("snooze"));
  const mayDelete = me?.permissions.includes("conversations.delete");
  useClaim("delete", () => !!mayDelete && then(acts.remove(ids)));

  const when = new Intl.DateTimeFormat(i18n.language, { weekday: "short", hour: "numeric", minute: "2-digit", timeZone: zone });
  const people = [
    ...(me ? [{ value: me.member_id, label: t("filter.me"), icon: <Avatar name={me.account.name} id={me.member_id} size={20} /> }] : []),
    { value: "", label: t("filter.nobody"), icon: <span className="size-5 shrink-0 rounded-full border border-dashed border-line-control" /> },
    ...members.filter((m) => m.id !== me?.member_id).map((m) => ({ value: m.id, label: m.name, icon: <Avatar name={m.name} id={m.id} size={20} /> })),
  ];

  return (
    <div role="toolbar" aria-label={t("bulk.label")} className="flex h-14 shrink-0 items-center gap-0.5 ps-2 pe-2">
      <IconButton label={t("bulk.clear")} keys="escape" onClick={onDone}>
        <X />
      </IconButton>
      <span role="status" className="tnum min-w-0 flex-1 truncate text-sm font-semibold">
        {t("bulk.count", { count: ids.length })}
      </span>
      <Popover.Root open={open === "assign"} onOpenChange={(o) => setOpen(o ? "assign" : null)}>
        <Popover.Trigger asChild>
          <IconButton label={t("bulk.assign")} keys="a">
            <UserPlus />
          </IconButton>
        </Popover.Trigger>
        <Popover.Content align="end" aria-label={t("bulk.assign")}>
          <Combobox label={t("bulk.assign")} options={people} selected={[]} empty={t("bulk.nobodyFound")} onPick={(id) => then(acts.assign(ids, id || null))} />
        </Popover.Content>
      </Popover.Root>
      <Popover.Root open={open === "tag"} onOpenChange={(o) => setOpen(o ? "tag" : null)}>
        <Popover.Trigger asChild>
          <IconButton label={t("bulk.tag")} keys="l">
            <TagIcon />
          </IconButton>
        </Popover.Trigger>
        <Popover.Content align="end" aria-label={t("bulk.tag")}>
          <Combobox
            label={t("bulk.tag")}
            options={tags.map((g) => ({ value: g.name, label: g.name, icon: <LabelDot hue={g.hue} className="size-2" /> }))}
            selected={[]}
            empty={t("bulk.noTag")}
            create={(name) => t("bulk.newTag", { name })}
            onCreate={(name) => then(acts.addTags(ids, [name]))}
            onPick={(name) => then(acts.addTags(ids, [name]))}
          />
        </Popover.Content>
      </Popover.Root>
      <Menu.Root open={open === "snooze"} onOpenChange={(o) => setOpen(o ? "snooze" : null)}>
        <Menu.Trigger asChild>
          <IconButton label={t("bulk.snooze")} keys="s">
            <Clock />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          {snoozeChoices(zone).map((c) => (
            <Menu.Item key={c.name} onSelect={() => then(acts.setStatus(ids, "snoozed", c.at.toISOString()))}>
              <span className="flex-1">{t(`composer:snooze.${c.name}`)}</span>
              <span className="tnum text-ink-3">{when.format(c.at)}</span>
            </Menu.Item>
          ))}
        </Menu.Content>
      </Menu.Root>
      <Menu.Root>
        <Menu.Trigger asChild>
          <IconButton label={t("bulk.more")}>
            <Ellipsis />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          <Menu.Item icon={<CircleCheck />} onSelect={onAll}>
            {t("bulk.all")}
          </Menu.Item>
          <Menu.Separator />
          <Menu.Item icon={<MailOpen />} onSelect={() => then(acts.markRead(ids, true))}>
            {t("bulk.read")}
          </Menu.Item>
          <Menu.Item icon={<MailOpen />} keys="u" onSelect={() => then(acts.markRead(ids, false))}>
            {t("bulk.unread")}
          </Menu.Item>
          {ids.length > 1 && (
            <Menu.Item icon={<Merge />} onSelect={() => void merge()}>
              {t("bulk.merge")}
            </Menu.Item>
          )}
          <Menu.Item icon={<Archive />} onSelect={() => then(acts.setStatus(ids, "archived"))}>
            {t("bulk.archive")}
          </Menu.Item>
          <Menu.Item icon={<ShieldX />} keys="!" onSelect={() => then(acts.setStatus(ids, "spam"))}>
            {t("bulk.spam")}
          </Menu.Item>
          {mayDelete && (
            <Menu.Item icon={<Trash2 />} keys="#" danger onSelect={() => then(acts.remove(ids))}>
              {t("bulk.delete")}
            </Menu.Item>
          )}
        </Menu.Content>
      </Menu.Root>
      <Button size="sm" className="ms-1" onClick={() => then(acts.setStatus(ids, "resolved"))}>
        <CircleCheck className="text-good" /> {t("bulk.close")}
      </Button>
    </div>
  );
}
