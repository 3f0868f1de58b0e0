import type { Attachment } from "@/api/types";
import { EMPTY, type Written } from "@/features/inbox/composer/draft";
import { useWriting, write } from "@/features/inbox/composer/state";
import { htmlToText } from "@/features/inbox/composer/text";

export interface Kept {
  text?: string;
  html?: string | null;
  attachments?: readonly Attachment[];
}

const tidy = (text: string) => text.replace(/\s+/g, " ").trim();

/** The plain words, where they are others than the formatted ones. */
export function plainOf(kept: Kept | undefined): string | null {
  if (!kept?.html || kept.text === undefined) return null;
  return tidy(htmlToText(kept.html)) === tidy(kept.text) ? null : kept.text;
}

/** Whether words or files are others than they were. */
export function otherWords(now: Written, before: Written): boolean {
  const files = (w: Written) => w.files.map((f) => f.id).join();
  return now.text !== before.text || (now.html ?? "") !== (before.html ?? "") || files(now) !== files(before);
}

/** Lays words out to be written on. */
export function fill(id: string, kept: Kept | undefined): Written {
  if (!kept) return EMPTY;
  const html = kept.html || null;
  const text = html ? htmlToText(html) : (kept.text ?? "");
  const files = (kept.attachments ?? []).map(({ id: file, name, content_type, size_bytes, thumbnail_url }) => ({ id: file, name, content_type, size_bytes, thumbnail_url }));
  return write(id, { text, html, files });
}

/** What was written under a name goes when the form does. */
export function forget(id: string) {
  useWriting.setState((s) => {
    const { [id]: _text, ...texts } = s.texts;
    const { [id]: _uploads, ...uploads } = s.uploads;
    return { texts, uploads };
  });
}
