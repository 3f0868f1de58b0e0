import { CircleCheck, Clock, Tag as TagIcon, UserPlus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Menu } from "@/ui";
import { useActs, useMembers, useTags } from "../data";
import { snoozeTimes } from "../snooze";

/** What one does to several conversations at once; the last act can be undone. */
export function BulkBar({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const { t } = useTranslation("inbox");
  const acts = useActs();
  const members = useMembers();
  const tags = useTags();
  const then = (work: Promise<unknown>) => void work.then(onDone);
  return (
    <div role="toolbar" aria-label={t("bulk.label")} className="flex h-14 items-center gap-1 border-b border-line px-3">
      <span className="flex-1 truncate text-sm font-medium tabular-nums">{t("bulk.count", { count: ids.length })}</span>
      <Menu.Root>
        <Menu.Trigger asChild>
          <IconButton label={t("bulk.assign")}>
            <UserPlus />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content>
          <Menu.Item onSelect={() => then(acts.assign(ids, "me"))}>{t("filter.me")}</Menu.Item>
          <Menu.Item onSelect={() => then(acts.assign(ids, null))}>{t("filter.nobody")}</Menu.Item>
          {members.map((m) => (
            <Menu.Item key={m.id} onSelect={() => then(acts.assign(ids, m.id))}>
              {m.name}
            </Menu.Item>
          ))}
        </Menu.Content>
      </Menu.Root>
      {tags.length > 0 && (
        <Menu.Root>
          <Menu.Trigger asChild>
            <IconButton label={t("bulk.tag")}>
              <TagIcon />
            </IconButton>
          </Menu.Trigger>
          <Menu.Content>
            {tags.map((g) => (
              <Menu.Item key={g.id} onSelect={() => then(acts.addTags(ids, [g.name]))}>
                {g.name}
              </Menu.Item>
            ))}
          </Menu.Content>
        </Menu.Root>
      )}
      <Menu.Root>
        <Menu.Trigger asChild>
          <IconButton label={t("bulk.snooze")}>
            <Clock />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content>
          {snoozeTimes(new Date()).map((s) => (
            <Menu.Item key={s.key} onSelect={() => then(acts.setStatus(ids, "snoozed", s.at.toISOString()))}>
              {t(`snooze.${s.key}`)}
            </Menu.Item>
          ))}
        </Menu.Content>
      </Menu.Root>
      <Button size="sm" onClick={() => then(acts.setStatus(ids, "resolved"))}>
        <CircleCheck /> {t("bulk.close")}
      </Button>
      <IconButton label={t("bulk.clear")} onClick={onDone}>
        <X />
      </IconButton>
    </div>
  );
}
