import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { CannedReply, Folder, Page } from "@/api/types";
import { EMPTY } from "@/features/inbox/composer/draft";
import { useWriting, written } from "@/features/inbox/composer/state";
import { htmlForMail } from "@/features/inbox/composer/text";
import { useAttachments } from "@/features/inbox/composer/use-attachments";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button, Drawer, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ChoiceField, TextField } from "@/ui/form";
import { KEPT, WordsEditor } from "./WordsEditor";
import { fill, forget, plainOf } from "./words";

/** A canned reply to write or to change; `like` is where a new one begins. */
export function CannedForm({ reply, like, folder, onClose }: { reply?: CannedReply; like?: CannedReply; folder?: string; onClose: () => void }) {
  const { t } = useTranslation("replies");
  const queries = useQueryClient();
  const me = useMe();
  const from = reply ?? like;
  const id = useMemo(() => `canned:${crypto.randomUUID()}`, []);
  const listId = useId();
  const mayShare = !!me?.permissions.includes("replies.share");
  const [title, setTitle] = useState(reply ? reply.title : like ? t("canned.copyOf", { title: like.title }).slice(0, 120) : "");
  const [shortcut, setShortcut] = useState(reply?.shortcut ?? "");
  const [inFolder, setFolder] = useState(from?.folder ?? folder ?? "");
  const [scope, setScope] = useState<string>(from && mayShare ? from.scope : "mine");
  const [plain, setPlain] = useState<string | null>(() => plainOf(from));
  const [asking, ask] = useState(false);
  const attachments = useAttachments(id, KEPT.limits, () => {});
  const folders = useQuery({ queryKey: ["canned-replies", "folders"], queryFn: () => api.get<Page<Folder>>("/canned-replies/folders") });
  const submit = useSubmit();

  // The words stand where those of conversations do, under a name of their own, for as long as the form is open.
  const [before] = useState(() => fill(id, from));
  useEffect(() => () => forget(id), [id]);
  const w = useWriting((s) => s.texts[id]) ?? EMPTY;
  const changed =
    title !== (reply?.title ?? "") ||
    shortcut !== (reply?.shortcut ?? "") ||
    w.text !== before.text ||
    (w.html ?? "") !== (before.html ?? "") ||
    w.files.length !== before.files.length ||
    plain !== plainOf(from);
  const close = () => (changed ? ask(true) : onClose());
  const foreign = !!reply && reply.owner_id !== me?.member_id;

  const save = () =>
    submit.run(
      async () => {
        const now = written(id);
        const body = {
          title: title.trim(),
          shortcut: shortcut.trim(),
          folder: inFolder.trim(),
          scope,
          text: plain ?? now.text,
          html: now.html ? htmlForMail(now.html) : "",
          attachments: now.files.map((f) => f.id),
        };
        if (reply) await api.patch(`/canned-replies/${reply.id}`, body);
        else await api.post("/canned-replies", body, { idempotencyKey: crypto.randomUUID() });
        await queries.invalidateQueries({ queryKey: ["canned-replies"] });
        toast(t("canned.saved"));
        onClose();
      },
      { title: !title.trim() && t("form.titleMissing") },
    );

  return (
    <Drawer open onOpenChange={(open) => !open && close()} title={t(reply ? "canned.edit" : "canned.new")}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4 pb-2"
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("form.failed")}</Problem>}
        <TextField
          label={t("form.title")}
          value={title}
          onChange={(v) => (setTitle(v), submit.clear("title"))}
          error={submit.errors.title}
          maxLength={120}
          autoFocus={!reply}
          autoComplete="off"
        />
        <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
          <TextField
            label={t("form.shortcut")}
            optional
            hint={t("form.shortcutHint")}
            value={shortcut}
            onChange={(v) => (setShortcut(v), submit.clear("shortcut"))}
            error={submit.errors.shortcut}
            maxLength={41}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
          <TextField label={t("form.folder")} optional value={inFolder} onChange={setFolder} error={submit.errors.folder} maxLength={80} autoComplete="off" list={listId} />
          <datalist id={listId}>
            {folders.data?.data.map((f) => (
              <option key={f.name} value={f.name} />
            ))}
          </datalist>
        </div>
        {mayShare && (
          <ChoiceField
            label={t("form.scope")}
            value={scope}
            onChange={(v) => (setScope(v), submit.clear("scope"))}
            disabled={foreign}
            hint={foreign ? t("form.notYours") : undefined}
            error={submit.errors.scope}
            options={[
              { value: "mine", label: t("form.scopeMine") },
              { value: "all", label: t("form.scopeAll") },
            ]}
          />
        )}
        <WordsEditor id={id} attachments={attachments} plain={plain} onPlain={setPlain} error={submit.errors.text ?? submit.errors.html ?? submit.errors.attachments} />
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={close}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy} disabled={attachments.busy} title={attachments.busy ? t("form.wait") : undefined}>
            {t("form.save")}
          </Button>
        </div>
      </form>
      <ConfirmDialog open={asking} onOpenChange={ask} title={t("form.leave")} text={t("form.leaveText")} confirm={t("form.leaveDo")} danger onConfirm={async () => onClose()} />
    </Drawer>
  );
}
