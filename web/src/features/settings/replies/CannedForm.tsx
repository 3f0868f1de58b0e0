import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { CannedReply, Folder, Page } from "@/api/types";
import { written } from "@/features/inbox/composer/state";
import { htmlForMail } from "@/features/inbox/composer/text";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { toast } from "@/ui";
import { TextField } from "@/ui/form";
import { KeptDrawer, ScopeField, useKeptWords } from "./KeptDrawer";
import { WordsEditor } from "./WordsEditor";

/** A canned reply to write or to change; `like` is where a new one begins. */
export function CannedForm({ reply, like, folder, onClose }: { reply?: CannedReply; like?: CannedReply; folder?: string; onClose: () => void }) {
  const { t } = useTranslation("replies");
  const queries = useQueryClient();
  const me = useMe();
  const from = reply ?? like;
  const listId = useId();
  const mayShare = !!me?.permissions.includes("replies.share");
  const [title, setTitle] = useState(reply ? reply.title : like ? t("canned.copyOf", { title: like.title }).slice(0, 120) : "");
  const [shortcut, setShortcut] = useState(reply?.shortcut ?? "");
  const [inFolder, setFolder] = useState(from?.folder ?? folder ?? "");
  const [scope, setScope] = useState<string>(from && mayShare ? from.scope : "mine");
  const words = useKeptWords("canned", from);
  const folders = useQuery({ queryKey: ["canned-replies", "folders"], queryFn: () => api.get<Page<Folder>>("/canned-replies/folders") });
  const submit = useSubmit();
  const post = usePostOnce();

  const [began] = useState(() => JSON.stringify([title, shortcut, inFolder, scope]));
  const changed = words.changed || JSON.stringify([title, shortcut, inFolder, scope]) !== began;
  const foreign = !!reply && reply.owner_id !== me?.member_id;

  const save = () =>
    submit.run(
      async () => {
        const now = written(words.id);
        const body = {
          title: title.trim(),
          shortcut: shortcut.trim(),
          folder: inFolder.trim(),
          scope,
          text: words.plain ?? now.text,
          html: now.html ? htmlForMail(now.html) : "",
          attachments: now.files.map((f) => f.id),
        };
        if (reply) await api.patch(`/canned-replies/${reply.id}`, body);
        else await post("/canned-replies", body);
        await queries.invalidateQueries({ queryKey: ["canned-replies"] });
        toast(t("canned.saved"));
        onClose();
      },
      { title: !title.trim() && t("form.titleMissing") },
    );

  return (
    <KeptDrawer title={t(reply ? "canned.edit" : "canned.new")} submit={submit} changed={changed} waiting={words.attachments.busy} onSave={() => void save()} onClose={onClose}>
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
      {mayShare && <ScopeField scope={scope} onScope={setScope} foreign={foreign} submit={submit} />}
      <WordsEditor words={words} error={submit.errors.text ?? submit.errors.html ?? submit.errors.attachments} />
    </KeptDrawer>
  );
}
