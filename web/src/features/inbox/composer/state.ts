import { create } from "zustand";
import { change, EMPTY, isEmpty, type Written } from "./draft";

export interface Upload {
  key: string;
  name: string;
  part: number;
  error: string | null;
  stop: () => void;
}

interface Writing {
  /** By conversation, so that nothing typed or uploaded for one can reach another. */
  texts: Record<string, Written>;
  uploads: Record<string, Upload[]>;
  /** Counts changes that did not come from the editor itself, which then has to follow. */
  revisions: Record<string, number>;
}

export const useWriting = create<Writing>(() => ({ texts: {}, uploads: {}, revisions: {} }));

export const written = (id: string): Written => useWriting.getState().texts[id] ?? EMPTY;

export function write(id: string, patch: Partial<Written>, fromEditor = false): Written {
  const next = change(written(id), patch);
  useWriting.setState((s) => ({
    texts: { ...s.texts, [id]: next },
    revisions: fromEditor ? s.revisions : { ...s.revisions, [id]: (s.revisions[id] ?? 0) + 1 },
  }));
  return next;
}

/** Empties a text. It stays known as empty, so that an older draft does not come back, and a note is followed by a note. */
export function clear(id: string) {
  for (const u of useWriting.getState().uploads[id] ?? []) u.stop();
  const { is_note } = written(id);
  useWriting.setState((s) => ({
    texts: { ...s.texts, [id]: { ...EMPTY, is_note } },
    uploads: { ...s.uploads, [id]: [] },
    revisions: { ...s.revisions, [id]: (s.revisions[id] ?? 0) + 1 },
  }));
}

export function setUploads(id: string, to: (now: Upload[]) => Upload[]) {
  useWriting.setState((s) => ({ uploads: { ...s.uploads, [id]: to(s.uploads[id] ?? []) } }));
}

export const isWriting = (id: string): boolean => !isEmpty(written(id));
