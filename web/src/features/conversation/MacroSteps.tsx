import { Ban, CircleCheck, Clock, Flag, Lock, Paperclip, Reply, Tag, TriangleAlert, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MacroPreview } from "@/api/types";
import { useMembers, useZone } from "@/features/inbox/data";
import { htmlToText } from "@/features/inbox/composer/text";

/** What a macro would do in this conversation, in words and in order. */
export function MacroSteps({ preview: p }: { preview: MacroPreview }) {
  const { t, i18n } = useTranslation("macros");
  const members = useMembers();
  const zone = useZone();
  const name = (id: string | null | undefined) => (id ? (members.find((m) => m.id === id)?.name ?? t("somebody")) : t("nobody"));
  const list = (all: readonly string[]) => new Intl.ListFormat(i18n.language).format(all);
  const until = p.snoozed_until
    ? new Intl.DateTimeFormat(i18n.language, { weekday: "long", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: zone }).format(
        new Date(p.snoozed_until),
      )
    : null;
  const status = () => {
    if (!p.status) return null;
    if (p.status.after === "snoozed") return until ? t("step.snooze", { time: until }) : t("step.snoozeReply");
    if (p.status.before === p.status.after) return t(`step.already.${p.status.after}`);
    return t(`step.status.${p.status.after}`);
  };
  return (
    <ol className="flex flex-col gap-3 text-sm">
      {p.reply && (
        <Step icon={<Reply />} label={p.reply.to.length ? t("step.replyTo", { names: list([...p.reply.to, ...p.reply.cc].map((a) => a.name || a.address)) }) : t("step.reply")}>
          {(p.reply.text || p.reply.html) && (
            <p className="mt-1.5 rounded-lg rounded-ee-[5px] bg-bubble-out px-3 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]">
              {p.reply.html ? htmlToText(p.reply.html) : p.reply.text}
            </p>
          )}
          {p.reply.attachments.length > 0 && (
            <p className="mt-1.5 flex items-center gap-1.5 text-xs text-ink-2">
              <Paperclip className="size-3.5 shrink-0" aria-hidden />
              <span className="min-w-0 truncate">{list(p.reply.attachments.map((f) => f.name))}</span>
            </p>
          )}
          {p.reply.missing.length > 0 && (
            <p role="status" className="mt-1.5 flex items-start gap-1.5 text-xs font-medium text-warn">
              <TriangleAlert className="mt-px size-3.5 shrink-0" aria-hidden />
              {t("step.missing", { names: list(p.reply.missing) })}
            </p>
          )}
          {p.reply.refused && (
            <p role="alert" className="mt-1.5 flex items-start gap-1.5 text-xs font-medium text-bad">
              <Ban className="mt-px size-3.5 shrink-0" aria-hidden />
              {p.reply.refused.detail}
            </p>
          )}
        </Step>
      )}
      {p.note && (
        <Step icon={<Lock />} label={t("step.note")}>
          <p className="mt-1.5 rounded-md border border-note-line bg-note px-3 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]">{p.note}</p>
        </Step>
      )}
      {p.tags_added.length > 0 && <Step icon={<Tag />} label={t("step.tagsAdded", { names: list(p.tags_added) })} />}
      {p.tags_removed.length > 0 && <Step icon={<Tag />} label={t("step.tagsRemoved", { names: list(p.tags_removed) })} />}
      {p.priority && <Step icon={<Flag />} label={t("step.priority", { priority: t(`priority.${p.priority.after}`) })} same={p.priority.before === p.priority.after} />}
      {p.assignee && (
        <Step
          icon={<UserRound />}
          label={p.assignee.after ? t("step.assign", { name: name(p.assignee.after) }) : t("step.unassign")}
          same={p.assignee.before === p.assignee.after}
        />
      )}
      {p.status && (
        <Step icon={p.status.after === "snoozed" ? <Clock /> : <CircleCheck />} label={status() ?? ""} same={p.status.before === p.status.after && p.status.after !== "snoozed"} />
      )}
    </ol>
  );
}

function Step({ icon, label, same, children }: { icon: ReactNode; label: string; same?: boolean; children?: ReactNode }) {
  const { t } = useTranslation("macros");
  return (
    <li className="flex gap-2.5">
      <span className="grid size-5 shrink-0 place-items-center text-ink-3 [&_svg]:size-4" aria-hidden>
        {icon}
      </span>
      <div className="min-w-0 flex-1">
        <p className={same ? "text-ink-3" : "font-medium [overflow-wrap:anywhere]"}>
          {label}
          {same && ` · ${t("step.same")}`}
        </p>
        {children}
      </div>
    </li>
  );
}
