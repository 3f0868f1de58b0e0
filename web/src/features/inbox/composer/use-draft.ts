import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { ConversationDetail } from "@/api/types";
import { DraftSaver, EMPTY, fromDraft, LocalDrafts } from "./draft";
import { useWriting, write, written } from "./state";

const savers = new Map<string, { saver: DraftSaver; local: LocalDrafts }>();

/** One saver a person, shared by everything that writes. */
export function draftsOf(member: string) {
  const known = savers.get(member);
  if (known) return known;
  const local = new LocalDrafts(member);
  const path = (id: string) => `/conversations/${id}/draft`;
  const saver = new DraftSaver({ put: (id, draft) => api.put(path(id), draft), remove: (id) => api.delete(path(id)) }, local);
  const made = { saver, local };
  savers.set(member, made);
  return made;
}

/** What is being written here: brought back when the conversation opens, saved while it changes and when it is left. */
export function useDraft(detail: ConversationDetail, member: string) {
  const { t } = useTranslation("composer");
  const { id } = detail;
  const { saver, local } = useMemo(() => draftsOf(member), [member]);
  const text = useWriting((s) => s.texts[id]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a draft is brought back once, when its conversation opens
  useEffect(() => {
    if (!useWriting.getState().texts[id]) {
      const kept = local.get(id);
      if (kept?.dirty) write(id, kept.written);
      else if (detail.draft) write(id, fromDraft(detail.draft, kept?.written, t("files.unnamed")));
    }
    return () => void saver.save(id);
  }, [id, saver, local]);

  useEffect(() => {
    const leave = () => saver.saveAll();
    window.addEventListener("pagehide", leave);
    return () => window.removeEventListener("pagehide", leave);
  }, [saver]);

  return {
    written: text ?? EMPTY,
    changed: () => saver.schedule(id, written(id)),
    save: () => void saver.save(id),
    discard: () => void saver.discard(id),
  };
}
