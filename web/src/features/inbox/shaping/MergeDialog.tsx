import { Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail } from "@/api/types";
import { cn } from "@/lib/cn";
import { Button, Dialog } from "@/ui";
import { OtherConversations } from "./OtherConversations";
import { useShaping } from "./use-shaping";

/** Chooses what is put into this conversation: the person's other ones first, or whatever is searched for. */
export default function MergeDialog({ detail, onClose }: { detail: ConversationDetail; onClose: () => void }) {
  const { t } = useTranslation("shaping");
  const shaping = useShaping();
  const [chosen, setChosen] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const toggle = (id: string) => setChosen((now) => (now.includes(id) ? now.filter((x) => x !== id) : [...now, id].slice(-20)));
  const merge = async () => {
    setBusy(true);
    const done = await shaping.merge(detail.id, chosen);
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog open onOpenChange={(o) => !o && onClose()} title={t("merge.title", { number: detail.number })} className="flex w-[min(560px,calc(100vw-24px))] flex-col">
      <p className="mb-3 text-sm text-ink-2">{t("merge.lead")}</p>
      <OtherConversations
        of={detail}
        except={detail.id}
        label={t("merge.candidates")}
        row={(c, looks) => {
          const on = chosen.includes(c.id);
          return (
            <label
              className={cn(
                "flex cursor-pointer items-start gap-3 rounded-sm px-2 py-2 has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus",
                on ? "bg-accent-soft" : "hover:bg-hover",
              )}
            >
              <input type="checkbox" className="sr-only" checked={on} onChange={() => toggle(c.id)} />
              <span
                aria-hidden
                className={cn("mt-0.5 grid size-4 shrink-0 place-items-center rounded-xs border", on ? "border-accent bg-accent text-accent-fg" : "border-line-control bg-raised")}
              >
                {on && <Check className="size-3" strokeWidth={3} />}
              </span>
              {looks}
            </label>
          );
        }}
      />
      <div className="mt-4 flex justify-end gap-2">
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button variant="primary" disabled={!chosen.length} loading={busy} onClick={() => void merge()}>
          {t("merge.do", { count: chosen.length })}
        </Button>
      </div>
    </Dialog>
  );
}
