import { useQueryClient } from "@tanstack/react-query";
import { Copy, Folder as FolderIcon, FolderPen, MessageSquareQuote, MoreHorizontal, Paperclip, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { CannedReply } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Badge, Button, Dialog, IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { TextField } from "@/ui/form";
import { CannedForm } from "./replies/CannedForm";
import { byFolder, isStale } from "./replies/lists";
import { ReplyListPage, useReplyList } from "./replies/ReplyList";
import { Rows } from "./Page";

type Doing = { what: "new"; like?: CannedReply } | { what: "edit" | "delete"; reply: CannedReply } | { what: "rename"; folder: string };

export function CannedRepliesPage() {
  const { t } = useTranslation("replies");
  const queries = useQueryClient();
  const me = useMe();
  const list = useReplyList<CannedReply>("canned-replies");
  const { rows, may } = list;
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  return (
    <ReplyListPage
      list={list}
      icon={MessageSquareQuote}
      words={{
        title: t("canned.title"),
        lead: t("canned.lead"),
        make: t("canned.new"),
        search: t("canned.search"),
        failed: t("canned.failed"),
        noMatch: t("canned.noMatch"),
        empty: t("canned.empty"),
      }}
      onMake={() => setDoing({ what: "new" })}
      above={
        <>
          {doing?.what === "new" && <CannedForm like={doing.like} onClose={done} />}
          {doing?.what === "edit" && <CannedForm reply={doing.reply} onClose={done} />}
          {doing?.what === "rename" && <RenameFolder folder={doing.folder} onClose={done} />}
          <ConfirmDialog
            open={doing?.what === "delete"}
            onOpenChange={(open) => !open && done()}
            title={t("canned.deleteTitle", { title: doing?.what === "delete" ? doing.reply.title : "" })}
            text={t(doing?.what === "delete" && doing.reply.scope === "mine" ? "canned.deleteMineText" : "canned.deleteText")}
            confirm={t("canned.delete")}
            danger
            onConfirm={async () => {
              if (doing?.what !== "delete") return;
              await api.delete(`/canned-replies/${doing.reply.id}`);
              await queries.invalidateQueries({ queryKey: ["canned-replies"] });
              toast(t("canned.deleted"));
            }}
          />
        </>
      }
    >
      {byFolder(rows).map(([folder, replies]) => (
        <section key={folder.toLowerCase()} className="mb-6" aria-label={folder || t("canned.noFolder")}>
          <header className="mb-2 flex h-7 items-center gap-2">
            <FolderIcon className="size-4 text-ink-3" aria-hidden />
            <h2 className="min-w-0 truncate text-sm font-semibold text-ink-2">{folder || t("canned.noFolder")}</h2>
            {folder && (
              <IconButton size="sm" label={t("canned.renameFolder", { name: folder })} onClick={() => setDoing({ what: "rename", folder })}>
                <FolderPen />
              </IconButton>
            )}
          </header>
          <Rows label={folder || t("canned.noFolder")}>
            {replies.map((r) => (
              <li key={r.id} className="relative flex items-start gap-3 px-4 py-3 hover:bg-hover/50">
                <div className="min-w-0 flex-1">
                  <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <button
                      type="button"
                      disabled={!may(r)}
                      onClick={() => setDoing({ what: "edit", reply: r })}
                      aria-label={t("canned.editOne", { name: r.title })}
                      className="max-w-full truncate rounded-xs text-sm font-medium after:absolute after:inset-0 disabled:after:hidden"
                    >
                      {r.title}
                    </button>
                    {r.shortcut && <span className="truncate text-xs text-accent-ink">/{r.shortcut}</span>}
                    {r.scope === "mine" && <Badge>{t("canned.scope.mine")}</Badge>}
                    {r.attachments.length > 0 && (
                      <span className="flex items-center gap-0.5 text-2xs text-ink-3">
                        <Paperclip className="size-3" aria-hidden /> {r.attachments.length}
                      </span>
                    )}
                  </div>
                  <p className="mt-0.5 line-clamp-2 text-xs text-ink-3 [overflow-wrap:anywhere]">{r.text}</p>
                  <p className="mt-1 flex flex-wrap gap-x-3 text-2xs text-ink-3 tabular-nums">
                    <span>{r.used_count ? t("canned.used", { count: r.used_count }) : t("canned.unused")}</span>
                    {isStale(r) && <span className="text-warn">{t("canned.stale")}</span>}
                    {r.owner_name && r.owner_id !== me?.member_id && <span>{t("canned.by", { name: r.owner_name })}</span>}
                  </p>
                </div>
                <Menu.Root>
                  <Menu.Trigger asChild>
                    <IconButton size="sm" label={t("canned.more", { name: r.title })} className="relative z-10">
                      <MoreHorizontal />
                    </IconButton>
                  </Menu.Trigger>
                  <Menu.Content align="end">
                    {may(r) && (
                      <Menu.Item icon={<Pencil />} onSelect={() => setDoing({ what: "edit", reply: r })}>
                        {t("canned.edit")}
                      </Menu.Item>
                    )}
                    <Menu.Item icon={<Copy />} onSelect={() => setDoing({ what: "new", like: r })}>
                      {t("canned.duplicate")}
                    </Menu.Item>
                    {may(r) && (
                      <Menu.Item icon={<Trash2 />} danger onSelect={() => setDoing({ what: "delete", reply: r })}>
                        {t("canned.delete")}
                      </Menu.Item>
                    )}
                  </Menu.Content>
                </Menu.Root>
              </li>
            ))}
          </Rows>
        </section>
      ))}
    </ReplyListPage>
  );
}

function RenameFolder({ folder, onClose }: { folder: string; onClose: () => void }) {
  const { t } = useTranslation("replies");
  const queries = useQueryClient();
  const [name, setName] = useState(folder);
  const submit = useSubmit();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("canned.renameTitle")}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(async () => {
            await api.patch("/canned-replies/folders", { from: folder, to: name.trim() });
            await queries.invalidateQueries({ queryKey: ["canned-replies"] });
            toast(t("canned.renamed"));
            onClose();
          });
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("form.failed")}</Problem>}
        <TextField label={t("form.folder")} hint={t("canned.renameHint")} value={name} onChange={setName} error={submit.errors.to} maxLength={80} autoFocus autoComplete="off" />
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy}>
            {t("canned.rename")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
