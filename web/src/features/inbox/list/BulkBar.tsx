import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { Archive, CircleCheck, Clock, Ellipsis, Flag, MailOpen, Merge, ShieldX, Tag as TagIcon, Trash2, UserPlus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Avatar, Button, Combobox, IconButton, LabelDot, Menu, Popover } from "@/ui";
import type { Conversation, Page } from "@/api/types";
import { useKeys } from "@/lib/keymap";
import { useClaim } from "../bus";
import { snoozeChoices } from "../composer/snooze";
import { type Act, sizeOf, type Target, useBulkAct } from "../bulk/bulk";
import { useActs, useMe, useMembers, useTags, useZone } from "../data";
import { useShaping } from "../shaping/use-shaping";

interface Props {
  target: Target;
  onDone: () => void;
  onAll: () => void;
}

/** What one does to several conversations at once; the same keys as for one. */
export function BulkBar({ target, onDone, onAll }: Props) {
  const { t, i18n } = useTranslation(["inbox", "composer", "common"]);
  const each = useActs();
  const all = useBulkAct(target);
  const count = sizeOf(target);
  // One alone is acted on as if it were open; several are one act.
  const one = "ids" in target && target.ids.length === 1 ? target.ids : null;
  const acts = {
    setStatus: (to: string, until?: string) => (one ? each.setStatus(one, to, until) : all({ do: "set_status", status: to, snoozed_until: until ?? null })),
    assign: (to: string | null) => (one ? each.assign(one, to) : all({ do: "assign", assignee_id: to })),
    markRead: (read: boolean) => (one ? each.markRead(one, read) : all({ do: read ? "mark_read" : "mark_unread" })),
    addTags: (names: string[]) => (one ? each.addTags(one, names) : all({ do: "add_tags", tags: names })),
    removeTags: (names: string[]) => (one ? each.removeTags(one, names) : all({ do: "remove_tags", tags: names })),
    setPriority: (priority: string) => (one ? each.setPriority(one[0] as string, priority) : all({ do: "set_priority", priority } as Act)),
    remove: () => (one ? each.remove(one) : all({ do: "delete" })),
  };
  const me = useMe();
  const members = useMembers();
  const tags = useTags();
  const zone = useZone();
  const keysOf = useKeys();
  const client = useQueryClient();
  const [open, setOpen] = useState<"assign" | "tag" | "untag" | "snooze" | null>(null);
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
  // Rows ticked one by one can become one conversation.
  const mergeable = "ids" in target && target.ids.length > 1 ? target.ids : null;
  // The oldest takes in the others.
  const merge = async (ids: string[]) => {
    const rows = client.getQueriesData<InfiniteData<Page<Conversation>>>({ queryKey: ["conversations"] }).flatMap(([, list]) => list?.pages.flatMap((p) => p.data) ?? []);
    const age = (id: string) => rows.find((c) => c.id === id)?.number ?? Number.POSITIVE_INFINITY;
    const [first, ...others] = [...ids].sort((a, b) => age(a) - age(b));
    if (first && (await shaping.merge(first, others))) onDone();
  };
  useClaim("archive", () => then(acts.setStatus("archived")));
  useClaim("closeReopen", () => then(acts.setStatus("resolved")));
  useClaim("assignMe", () => then(acts.assign("me")));
  useClaim("unread", () => then(acts.markRead(false)));
  useClaim("spam", () => then(acts.setStatus("spam")));
  useClaim("assign", show("assign"));
  useClaim("tags", show("tag"));
  useClaim("snooze", show("snooze"));
  const mayDelete = me?.permissions.includes("conversations.delete");
  useClaim("delete", () => !!mayDelete && then(acts.remove()));

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
        <span className="max-md:sr-only">{t("bulk.count", { count, n: count.toLocaleString(i18n.language) })}</span>
        <span aria-hidden className="md:hidden">
          {count.toLocaleString(i18n.language)}
        </span>
      </span>
      <Popover.Root open={open === "assign"} onOpenChange={(o) => setOpen(o ? "assign" : null)}>
        <Popover.Trigger asChild>
          <IconButton label={t("bulk.assign")} keys={keysOf("assign")}>
            <UserPlus />
          </IconButton>
        </Popover.Trigger>
        <Popover.Content align="end" aria-label={t("bulk.assign")}>
          <Combobox label={t("bulk.assign")} options={people} selected={[]} empty={t("bulk.nobodyFound")} onPick={(id) => then(acts.assign(id || null))} />
        </Popover.Content>
      </Popover.Root>
      <Popover.Root open={open === "tag" || open === "untag"} onOpenChange={(o) => setOpen(o ? "tag" : null)}>
        <Popover.Trigger asChild>
          <IconButton label={t("bulk.tag")} keys={keysOf("tags")}>
            <TagIcon />
          </IconButton>
        </Popover.Trigger>
        <Popover.Content align="end" aria-label={t(open === "untag" ? "bulk.untag" : "bulk.tag")}>
          <Combobox
            key={open}
            label={t(open === "untag" ? "bulk.untag" : "bulk.tag")}
            options={tags.map((g) => ({ value: g.name, label: g.name, icon: <LabelDot hue={g.hue} className="size-2" /> }))}
            selected={[]}
            empty={t("bulk.noTag")}
            create={open === "untag" ? undefined : (name) => t("bulk.newTag", { name })}
            onCreate={open === "untag" ? undefined : (name) => then(acts.addTags([name]))}
            onPick={(name) => then(open === "untag" ? acts.removeTags([name]) : acts.addTags([name]))}
          />
        </Popover.Content>
      </Popover.Root>
      <Menu.Root open={open === "snooze"} onOpenChange={(o) => setOpen(o ? "snooze" : null)}>
        <Menu.Trigger asChild>
          <IconButton label={t("bulk.snooze")} keys={keysOf("snooze")}>
            <Clock />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          {snoozeChoices(zone).map((c) => (
            <Menu.Item key={c.name} onSelect={() => then(acts.setStatus("snoozed", c.at.toISOString()))}>
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
          {(["urgent", "high", "normal", "low"] as const).map((p) => (
            <Menu.Item key={p} icon={<Flag />} onSelect={() => then(acts.setPriority(p))}>
              {t("bulk.priority", { priority: t(`common:priority.${p}`) })}
            </Menu.Item>
          ))}
          <Menu.Item icon={<TagIcon />} onSelect={() => setTimeout(() => setOpen("untag"))}>
            {t("bulk.untag")}
          </Menu.Item>
          <Menu.Separator />
          <Menu.Item icon={<MailOpen />} onSelect={() => then(acts.markRead(true))}>
            {t("bulk.read")}
          </Menu.Item>
          <Menu.Item icon={<MailOpen />} keys={keysOf("unread")} onSelect={() => then(acts.markRead(false))}>
            {t("bulk.unread")}
          </Menu.Item>
          {mergeable && (
            <Menu.Item icon={<Merge />} onSelect={() => void merge(mergeable)}>
              {t("bulk.merge")}
            </Menu.Item>
          )}
          <Menu.Item icon={<Archive />} onSelect={() => then(acts.setStatus("archived"))}>
            {t("bulk.archive")}
          </Menu.Item>
          <Menu.Item icon={<ShieldX />} keys={keysOf("spam")} onSelect={() => then(acts.setStatus("spam"))}>
            {t("bulk.spam")}
          </Menu.Item>
          {mayDelete && (
            <Menu.Item icon={<Trash2 />} keys={keysOf("delete")} danger onSelect={() => then(acts.remove())}>
              {t("bulk.delete")}
            </Menu.Item>
          )}
        </Menu.Content>
      </Menu.Root>
      <Button size="sm" className="ms-1" onClick={() => then(acts.setStatus("resolved"))}>
        <CircleCheck className="text-good" /> {t("bulk.close")}
      </Button>
    </div>
  );
}
