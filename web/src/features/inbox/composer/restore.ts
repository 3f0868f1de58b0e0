import type { StoredFile } from "@/api/upload";
import { change, EMPTY, type Written } from "./draft";
import type { Waiting } from "../outbox/queue";
import { textToHtml } from "./text";

interface Past {
  text: string;
  html?: string | null;
  is_note: boolean;
  subject?: string | null;
  to?: Written["to"];
  cc?: Written["cc"];
  bcc?: Written["bcc"];
  attachments?: readonly StoredFile[];
  buttons?: readonly { title: string }[];
  later?: Written["later"];
  reply_to_id?: string | null;
  unsigned?: boolean;
}

/** A message waiting on this device, as it was written. */
export function fromWaiting({ kind, body, files }: Waiting): Past {
  const { to, cc, bcc, subject, text, html } = body as Partial<Written>;
  const { buttons } = body as Partial<Past>;
  const later = typeof body.send_at === "string" ? { at: body.send_at, unlessReply: body.cancel_on_reply === true } : null;
  const reply_to_id = typeof body.reply_to_id === "string" ? body.reply_to_id : null;
  return { text: text ?? "", html, is_note: kind === "note", to, cc, bcc, subject, attachments: files, buttons, later, reply_to_id, unsigned: body.signature === false };
}

/** A taken-back message as text to go on with; what was begun meanwhile stays below it. */
export function restored(past: Past, begun: Written | null): Written {
  const text = begun ? `${past.text}\n\n${begun.text}` : past.text;
  const own = past.html ?? textToHtml(past.text);
  const html = begun ? `${own}<p></p>${begun.html ?? textToHtml(begun.text)}` : (past.html ?? null);
  const files = [...(past.attachments ?? []), ...(begun?.files ?? [])].map(({ id, name, content_type, size_bytes, thumbnail_url }) => ({
    id,
    name,
    content_type,
    size_bytes,
    thumbnail_url,
  }));
  return change(EMPTY, {
    text,
    html: past.is_note ? null : html,
    is_note: past.is_note,
    subject: past.subject ?? null,
    to: past.to?.length ? past.to : null,
    cc: past.to?.length ? (past.cc ?? []) : null,
    bcc: past.to?.length ? (past.bcc ?? []) : null,
    files,
    buttons: [...(past.buttons ?? []).map((b) => b.title), ...(begun?.buttons ?? [])],
    later: past.later ?? null,
    ...(past.reply_to_id && { reply_to_id: past.reply_to_id }),
    ...(past.unsigned && { unsigned: true }),
  });
}
