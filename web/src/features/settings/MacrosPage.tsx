import { useQueryClient } from "@tanstack/react-query";
import { Copy, MoreHorizontal, Pencil, Trash2, Zap } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Macro } from "@/api/types";
import { Badge, IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { isStale } from "./replies/lists";
import { MacroFormDrawer } from "./replies/MacroFormDrawer";
import { deeds } from "./replies/macro";
import { ReplyListPage, useReplyList } from "./replies/ReplyList";
import { Rows } from "./Page";

type Doing = { what: "new"; like?: Macro } | { what: "edit" | "delete"; macro: Macro };

export function MacrosPage() {
  const { t } = useTranslation("replies");
  const queries = useQueryClient();
  const me = useMe();
  const list = useReplyList<Macro>("macros");
  const { rows, may } = list;
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  return (
    <ReplyListPage
      list={list}
      icon={Zap}
      words={{
        title: t("macros.title"),
        lead: t("macros.lead"),
        make: t("macros.new"),
        search: t("macros.search"),
        failed: t("macros.failed"),
        noMatch: t("macros.noMatch"),
        empty: t("macros.empty"),
      }}
      onMake={() => setDoing({ what: "new" })}
      above={
        <>
          {doing?.what === "new" && <MacroFormDrawer like={doing.like} onClose={done} />}
          {doing?.what === "edit" && <MacroFormDrawer macro={doing.macro} onClose={done} />}
          <ConfirmDialog
            open={doing?.what === "delete"}
            onOpenChange={(open) => !open && done()}
            title={t("macros.deleteTitle", { name: doing?.what === "delete" ? doing.macro.name : "" })}
            text={t(doing?.what === "delete" && doing.macro.scope === "mine" ? "macros.deleteMineText" : "macros.deleteText")}
            confirm={t("macros.delete")}
            danger
            onConfirm={async () => {
              if (doing?.what !== "delete") return;
              await api.delete(`/macros/${doing.macro.id}`);
              await queries.invalidateQueries({ queryKey: ["macros"] });
              toast(t("macros.deleted"));
            }}
          />
        </>
      }
    >
      <Rows label={t("macros.title")}>
        {rows.map((m) => (
          <li key={m.id} className="relative flex items-start gap-3 px-4 py-3 hover:bg-hover/50">
            <Zap className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden />
            <div className="min-w-0 flex-1">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <button
                  type="button"
                  disabled={!may(m)}
                  onClick={() => setDoing({ what: "edit", macro: m })}
                  aria-label={t("macros.editOne", { name: m.name })}
                  className="max-w-full truncate rounded-xs text-sm font-medium after:absolute after:inset-0 disabled:after:hidden"
                >
                  {m.name}
                </button>
                {m.scope === "mine" && <Badge>{t("canned.scope.mine")}</Badge>}
              </div>
              <p className="mt-0.5 text-xs text-ink-2">
                {deeds(m.actions)
                  .map((d) => t(`macros.does.${d}`))
                  .join(" · ")}
              </p>
              {m.actions.reply?.text && <p className="mt-0.5 truncate text-xs text-ink-3">{m.actions.reply.text}</p>}
              <p className="mt-1 flex flex-wrap gap-x-3 text-2xs text-ink-3 tabular-nums">
                <span>{m.used_count ? t("canned.used", { count: m.used_count }) : t("canned.unused")}</span>
                {isStale(m) && <span className="text-warn">{t("canned.stale")}</span>}
                {m.owner_name && m.owner_id !== me?.member_id && <span>{t("canned.by", { name: m.owner_name })}</span>}
              </p>
            </div>
            <Menu.Root>
              <Menu.Trigger asChild>
                <IconButton size="sm" label={t("macros.more", { name: m.name })} className="relative z-10">
                  <MoreHorizontal />
                </IconButton>
              </Menu.Trigger>
              <Menu.Content align="end">
                {may(m) && (
                  <Menu.Item icon={<Pencil />} onSelect={() => setDoing({ what: "edit", macro: m })}>
                    {t("macros.edit")}
                  </Menu.Item>
                )}
                <Menu.Item icon={<Copy />} onSelect={() => setDoing({ what: "new", like: m })}>
                  {t("macros.duplicate")}
                </Menu.Item>
                {may(m) && (
                  <Menu.Item icon={<Trash2 />} danger onSelect={() => setDoing({ what: "delete", macro: m })}>
                    {t("macros.delete")}
                  </Menu.Item>
                )}
              </Menu.Content>
            </Menu.Root>
          </li>
        ))}
      </Rows>
    </ReplyListPage>
  );
}
