import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Message } from "@/api/types";
import { toast } from "@/ui";
import { restoreDraft } from "../bus";
import { addMessage } from "../cache";
import { useActs, useZone } from "../data";

/** What one does to messages that wait for their day. */
export function useScheduled() {
  const { t, i18n } = useTranslation("composer");
  const client = useQueryClient();
  const acts = useActs();
  const zone = useZone();
  return useMemo(() => {
    const clock = new Intl.DateTimeFormat(i18n.language, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: zone });
    const again = () => void client.invalidateQueries({ queryKey: ["scheduled"] });
    const ask = async (work: () => Promise<Message>): Promise<Message | null> => {
      try {
        const message = await work();
        addMessage(client, message.conversation_id, message);
        again();
        return message;
      } catch (e) {
        toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("queue.failed"));
        again();
        return null;
      }
    };
    const later = (m: Message) => ({ at: m.send_at ?? "", unlessReply: m.metadata.cancel_on_reply === true });
    return {
      time: (m: Message) => clock.format(new Date(m.send_at ?? 0)),
      later,
      /** Takes it back into the composer of its conversation, its day with it. */
      async edit(m: Message): Promise<boolean> {
        const done = await acts.cancel(m);
        again();
        if (done) restoreDraft(m.conversation_id, { ...m, later: later(m) });
        return done;
      },
      async move(m: Message, at: Date) {
        const done = await ask(() => api.patch<Message>(`/messages/${m.id}/schedule`, { send_at: at.toISOString() }));
        if (done) toast(t("queue.changed", { time: clock.format(at) }));
      },
      async sendNow(m: Message) {
        if (await ask(() => api.post<Message>(`/messages/${m.id}/send-now`))) toast(t("queue.sending"));
      },
      async cancel(m: Message) {
        const done = await acts.cancel(m);
        again();
        if (done) toast(t("queue.cancelled"), { action: { label: t("queue.undo"), onClick: () => restoreDraft(m.conversation_id, { ...m, later: later(m) }) } });
      },
    };
  }, [client, acts, t, i18n.language, zone]);
}
