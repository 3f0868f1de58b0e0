import { useState } from "react";
import { useTranslation } from "react-i18next";
import { csrfToken } from "@/api/client";
import type { Attachment } from "@/api/types";
import { UploadError, upload } from "@/api/upload";
import { bytes } from "@/lib/dates";
import { fitFiles, type LimitBreach, type Limits } from "./limits";
import { setUploads, useWriting, write, written } from "./state";

/** Files of one text: checked, sent at once, and kept with that text whatever is opened meanwhile. */
export function useAttachments(id: string, limits: Limits | undefined, onChange: () => void) {
  const { t, i18n } = useTranslation("composer");
  const [problem, setProblem] = useState<{ id: string; text: string } | null>(null);
  const uploads = useWriting((s) => s.uploads[id]) ?? [];

  const words = (b: LimitBreach) => {
    if (b.kind === "count") return t("files.tooMany", { count: b.limit });
    if (b.kind === "size") return t("files.tooLarge", { name: b.name, size: bytes(b.limit, i18n.language) });
    return t("tooLong", { count: b.over });
  };

  const add = (files: File[]) => {
    if (!limits || !files.length) return;
    const { fit, breach } = fitFiles(files, written(id).files.length + (useWriting.getState().uploads[id]?.length ?? 0), limits);
    setProblem(breach ? { id, text: words(breach) } : null);
    for (const file of fit) start(file);
  };

  const start = (file: File) => {
    const key = crypto.randomUUID();
    const abort = new AbortController();
    const put = (patch: { part?: number; error?: string }) => setUploads(id, (all) => all.map((u) => (u.key === key ? { ...u, ...patch } : u)));
    const gone = () => setUploads(id, (all) => all.filter((u) => u.key !== key));
    setUploads(id, (all) => [...all, { key, name: file.name, part: 0, error: null, stop: () => abort.abort() }]);
    upload(file, csrfToken(), (part) => put({ part }), abort.signal).then(
      (stored) => {
        gone();
        write(id, { files: [...written(id).files, stored] });
        onChange();
      },
      (e: unknown) => {
        if (e instanceof DOMException) gone();
        else put({ error: (e instanceof UploadError && (e.detail || (e.status === 0 && t("files.offline")))) || t("files.failed") });
      },
    );
  };

  /** Files of a message that was taken back belong to it for good: they are attached as new ones. */
  const addAgain = async (past: readonly Pick<Attachment, "name" | "url" | "content_type">[]) => {
    for (const { name, url, content_type } of past) {
      try {
        const answer = await fetch(url);
        if (!answer.ok) throw new UploadError(answer.status, "");
        start(new File([await answer.blob()], name, { type: content_type }));
      } catch {
        setUploads(id, (all) => [...all, { key: crypto.randomUUID(), name, part: 0, error: t("files.failed"), stop: () => {} }]);
      }
    }
  };

  const remove = (fileId: string) => {
    write(id, { files: written(id).files.filter((f) => f.id !== fileId) });
    onChange();
  };

  const stop = (key: string) => {
    const found = uploads.find((u) => u.key === key);
    found?.stop();
    setUploads(id, (all) => all.filter((u) => u.key !== key));
  };

  return { uploads, add, addAgain, remove, stop, problem: problem?.id === id ? problem.text : null, busy: uploads.some((u) => !u.error) };
}
