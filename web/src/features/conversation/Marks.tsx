import { Bot, ShieldAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { Tip, toast } from "@/ui";
import { marksOf } from "./trust";

const looks = { forged: { icon: ShieldAlert, tone: "text-bad" }, unverified: { icon: ShieldAlert, tone: "text-warn" }, automatic: { icon: Bot, tone: "text-ink-3" } };

/** What one should know about a message before trusting it; says more on hover, focus and press. */
export function Marks({ message }: { message: Message }) {
  const { t } = useTranslation("thread");
  return marksOf(message).map((mark) => {
    const { icon: Icon, tone } = looks[mark];
    return (
      <Tip key={mark} label={t(`mark.${mark}Text`)}>
        <button type="button" onClick={() => toast(t(`mark.${mark}Text`))} className={`inline-flex min-h-6 shrink-0 items-center gap-1 rounded-xs text-2xs font-medium ${tone}`}>
          <Icon className="size-3" aria-hidden /> {t(`mark.${mark}`)}
        </button>
      </Tip>
    );
  });
}

/** The same within something that is a button itself. */
export function PlainMarks({ message }: { message: Message }) {
  const { t } = useTranslation("thread");
  return marksOf(message).map((mark) => {
    const { icon: Icon, tone } = looks[mark];
    return (
      <span key={mark} title={t(`mark.${mark}Text`)} className={`inline-flex shrink-0 items-center gap-1 text-2xs font-medium ${tone}`}>
        <Icon className="size-3" aria-hidden /> {t(`mark.${mark}`)}
      </span>
    );
  });
}
