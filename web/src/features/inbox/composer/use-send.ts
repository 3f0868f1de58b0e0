import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { ConversationDetail, Descriptor, Message } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { addMessage } from "../cache";
import { useConnected } from "../outbox/connected";
import { mustWait, type Waiting } from "../outbox/queue";
import { keep, pathOf, shelf } from "../outbox/runner";
import { type Later, titles, toButtons } from "./draft";
import type { Recipients } from "./recipients";
import type { TemplateChoice } from "./TemplatePicker";
import { clear, write, written } from "./state";
import { htmlForMail } from "./text";

export interface After {
  status?: "resolved" | "snoozed";
  until?: Date;
}

export interface SendProblem {
  /** Which text it is about: never shown elsewhere. */
  id: string;
  kind: "changed" | "refused" | "failed";
  text: string;
  fields: Record<string, string>;
  after?: After;
}

interface Options {
  detail: ConversationDetail;
  descriptor: Descriptor | undefined;
  member: string;
  undoSeconds: number;
  recipients: Recipients;
  seen: () => number;
  onSent: () => void;
  onScheduled: (message: Message, later: Later) => void;
}

/** Sends what is written; what cannot leave now is kept on this device. */
export function useSend({ detail, descriptor, member, undoSeconds, recipients, seen, onSent, onScheduled }: Options) {
  const { t } = useTranslation("composer");
  const client = useQueryClient();
  const connected = useConnected();
  const post = usePostOnce();
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<SendProblem | null>(null);
  const { id } = detail;

  const body = (after: After | undefined, anyway: boolean): Record<string, unknown> => {
    const w = written(id);
    if (w.is_note) return { text: w.text.trim() };
    const can = descriptor?.capabilities;
    return {
      text: w.text.trim(),
      ...(can?.html && w.html && { html: htmlForMail(w.html) }),
      ...(w.files.length > 0 && { attachments: w.files.map((f) => f.id) }),
      ...(can?.recipients && { ...recipients, signature: !w.unsigned }),
      ...(w.reply_to_id && { reply_to_id: w.reply_to_id }),
      ...(can?.subject && w.subject?.trim() && { subject: w.subject.trim() }),
      ...(!!can?.buttons && titles(w).length > 0 && { buttons: toButtons(titles(w)) }),
      ...(after?.status && { status_after: after.status }),
      ...(after?.until && { snoozed_until: after.until.toISOString() }),
      ...(!anyway && { seen_message_count: seen() }),
      ...(w.later ? { send_at: w.later.at, cancel_on_reply: w.later.unlessReply } : { undo_seconds: undoSeconds }),
    };
  };

  /** Sends an approved template at once; gives whether it was taken. */
  const sendTemplate = async (template: TemplateChoice): Promise<boolean> => {
    setProblem(null);
    setBusy(id);
    try {
      const message = await post<Message>(`/conversations/${id}/messages`, {
        template: { ...template, file: undefined },
        ...(template.file && { attachments: [template.file] }),
        undo_seconds: undoSeconds,
      });
      addMessage(client, id, message);
      return true;
    } catch (e) {
      const text = e instanceof ApiError && e.status !== 0 ? e.fields[0]?.detail || e.detail : t("send.failed");
      setProblem({ id, kind: "failed", text: text || t("send.failed"), fields: {} });
      return false;
    } finally {
      setBusy(null);
    }
  };

  const keepForLater = (item: Waiting) => {
    try {
      keep(item);
      return true;
    } catch {
      setProblem({ id, kind: "failed", text: t("send.cannotKeep"), fields: {} });
      return false;
    }
  };

  const send = async (after?: After, anyway = false) => {
    const w = written(id);
    if (!w.key || busy === id) return;
    const item: Waiting = {
      key: w.key,
      member,
      conversation_id: id,
      kind: w.is_note ? "note" : "message",
      body: body(after, anyway),
      files: w.is_note ? [] : w.files,
      at: Date.now(),
    };
    setProblem(null);
    // What waits here goes first.
    if (!connected || mustWait(shelf.all(), member, id)) {
      if (keepForLater(item)) finish();
      return;
    }
    setBusy(id);
    try {
      const message = await api.post<Message>(pathOf(item), item.body, { idempotencyKey: item.key });
      addMessage(client, id, message);
      const later = w.later;
      finish();
      if (later) onScheduled(message, later);
    } catch (e) {
      failed(e, item, after);
    } finally {
      setBusy(null);
    }
  };

  const finish = () => {
    clear(id);
    onSent();
  };

  const failed = (e: unknown, item: Waiting, after: After | undefined) => {
    const status = e instanceof ApiError ? e.status : 0;
    if (!(e instanceof ApiError) || status === 0) {
      if (keepForLater(item)) finish();
      return;
    }
    const fields = Object.fromEntries(e.fields.map((f) => [f.field, f.detail]));
    const detailText = e.detail || e.message;
    if (e.code === "conversation.changed") setProblem({ id, kind: "changed", text: detailText, fields: {}, after });
    else if (e.code.startsWith("policy.")) setProblem({ id, kind: "refused", text: detailText, fields: {} });
    else if (e.code === "idempotency.key_reused") {
      write(id, { key: crypto.randomUUID() });
      setProblem({ id, kind: "failed", text: t("send.again"), fields: {} });
    } else {
      const beside = Object.keys(fields).some((f) => /^(to|cc|bcc|subject)\b/.test(f));
      const words = t(item.kind === "note" ? "send.noteFailed" : "send.failed");
      setProblem({ id, kind: "failed", text: status >= 500 || !detailText || beside ? words : detailText, fields });
    }
  };

  const mine = problem?.id === id ? problem : null;
  return { send, sendTemplate, busy: busy === id, problem: mine, dismiss: () => mine && setProblem(null) };
}
