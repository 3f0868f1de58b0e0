import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail, Message } from "@/api/types";
import { Button, Dialog } from "@/ui";
import { TextField } from "@/ui/form";
import { useShaping } from "./use-shaping";

/** A message, or it and what follows, becomes a conversation of its own. */
export default function SplitDialog({ message: m, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation("shaping");
  const client = useQueryClient();
  const navigate = useNavigate();
  const shaping = useShaping();
  const detail = client.getQueryData<ConversationDetail>(["conversation", m.conversation_id]);
  const [subject, setSubject] = useState((m.subject ?? detail?.subject ?? "").replace(/^(?:(?:re|aw|fwd?|wg)\s*:\s*)+/i, ""));
  const [all, setAll] = useState(false);
  const [busy, setBusy] = useState(false);
  const at = detail?.messages.findIndex((x) => x.id === m.id) ?? -1;
  const following = at >= 0 ? (detail?.messages.slice(at).filter((x) => x.status !== "cancelled") ?? [m]) : [m];
  const split = async () => {
    setBusy(true);
    const made = await shaping.split(
      m.conversation_id,
      all ? following.map((x) => x.id) : [m.id],
      subject.trim(),
      () => void navigate({ to: "/inbox/{-$id}", params: { id: m.conversation_id }, search: ((now: object) => now) as never }),
    );
    setBusy(false);
    if (!made) return;
    onClose();
    await navigate({ to: "/inbox/{-$id}", params: { id: made.id }, search: ((now: object) => ({ ...now, message: undefined })) as never });
  };
  return (
    <Dialog open onOpenChange={(o) => !o && onClose()} title={t("split.title")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void split();
        }}
      >
        <p className="text-sm text-ink-2">{t("split.lead")}</p>
        <TextField label={t("split.subject")} value={subject} onChange={setSubject} maxLength={500} autoFocus autoComplete="off" />
        {following.length > 1 && (
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1.5 text-sm font-medium">{t("split.what")}</legend>
            {[false, true].map((value) => (
              <label key={String(value)} className="flex items-center gap-2.5 text-sm max-md:min-h-11">
                <input type="radio" name="what" className="size-4 accent-(--accent)" checked={all === value} onChange={() => setAll(value)} />
                {value ? t("split.following", { count: following.length }) : t("split.one")}
              </label>
            ))}
          </fieldset>
        )}
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={busy}>
            {t("split.do")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
