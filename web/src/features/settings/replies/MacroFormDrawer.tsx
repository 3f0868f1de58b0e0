import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Macro } from "@/api/types";
import { written } from "@/features/inbox/composer/state";
import { htmlForMail } from "@/features/inbox/composer/text";
import { useMembers } from "@/features/inbox/data";
import { Problem } from "@/features/setup/Frame";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { toast } from "@/ui";
import { AreaField, ChoiceField, SwitchField, TextField } from "@/ui/form";
import { type MacroForm, toActions, toForm } from "./macro";
import { TagsField } from "./TagsField";
import { KeptDrawer, ScopeField, useKeptWords } from "./KeptDrawer";
import { WordsEditor } from "./WordsEditor";

const STATUSES = ["", "open", "pending", "resolved", "archived", "spam", "snooze"] as const;
const UNTILS = ["reply", "hours", "morning", "weekday"] as const;

/** A macro to make or to change; `like` is where a new one begins. */
export function MacroFormDrawer({ macro, like, onClose }: { macro?: Macro; like?: Macro; onClose: () => void }) {
  const { t, i18n } = useTranslation("replies");
  const queries = useQueryClient();
  const me = useMe();
  const members = useMembers();
  const from = macro ?? like;
  const mayShare = !!me?.permissions.includes("replies.share");
  const [name, setName] = useState(macro ? macro.name : like ? t("macros.copyOf", { name: like.name }).slice(0, 120) : "");
  const [scope, setScope] = useState<string>(from && mayShare ? from.scope : "mine");
  const kept = from?.actions.reply ? { text: from.actions.reply.text, html: from.actions.reply.html, attachments: from.attachments } : undefined;
  const words = useKeptWords("macro", kept);
  const [f, setForm] = useState<MacroForm>(() => toForm(from?.actions));
  const [began] = useState(() => JSON.stringify([f, name, scope]));
  const submit = useSubmit();
  const post = usePostOnce();
  const put = (patch: Partial<MacroForm>) => {
    setForm((now) => ({ ...now, ...patch }));
    submit.clear(...Object.keys(submit.errors));
  };
  const changed = words.changed || JSON.stringify([f, name, scope]) !== began;
  const foreign = !!macro && macro.owner_id !== me?.member_id;
  const weekdays = Array.from({ length: 7 }, (_, i) => ({
    value: String(i + 1),
    // 5 January 2026 was a Monday.
    label: new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2026, 0, 5 + i)),
  }));

  const save = () =>
    submit.run(
      async () => {
        const now = written(words.id);
        const actions = toActions(f, { text: words.plain ?? now.text, html: now.html ? htmlForMail(now.html) : null });
        const body = { name: name.trim(), scope, actions, attachments: f.reply ? now.files.map((x) => x.id) : [] };
        if (macro) await api.patch(`/macros/${macro.id}`, body);
        else await post("/macros", body);
        await queries.invalidateQueries({ queryKey: ["macros"] });
        void queries.invalidateQueries({ queryKey: ["macro-preview"] });
        toast(t("macros.saved"));
        onClose();
      },
      { name: !name.trim() && t("macros.nameMissing") },
    );

  return (
    <KeptDrawer title={t(macro ? "macros.edit" : "macros.new")} submit={submit} changed={changed} waiting={words.attachments.busy} onSave={() => void save()} onClose={onClose}>
      {submit.errors.actions && <Problem>{t("macros.nothing")}</Problem>}
      <TextField
        label={t("macros.name")}
        value={name}
        onChange={(v) => (setName(v), submit.clear("name"))}
        error={submit.errors.name}
        maxLength={120}
        autoFocus={!macro}
        autoComplete="off"
      />
      {mayShare && <ScopeField scope={scope} onScope={setScope} foreign={foreign} submit={submit} />}
      <SwitchField label={t("macros.reply")} checked={f.reply} onChange={(reply) => put({ reply })} />
      {f.reply && <WordsEditor words={words} error={submit.errors["actions.reply.text"] ?? submit.errors["actions.reply.html"] ?? submit.errors.attachments} />}
      <SwitchField label={t("macros.note")} checked={f.note !== null} onChange={(on) => put({ note: on ? "" : null })} />
      {f.note !== null && (
        <AreaField label={t("macros.noteText")} value={f.note} onChange={(note) => put({ note })} rows={3} maxLength={20_000} error={submit.errors["actions.note"]} />
      )}
      <TagsField label={t("macros.addTags")} value={f.addTags} onChange={(addTags) => put({ addTags })} fresh error={submit.errors["actions.add_tags"]} />
      <TagsField label={t("macros.removeTags")} value={f.removeTags} onChange={(removeTags) => put({ removeTags })} error={submit.errors["actions.remove_tags"]} />
      <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
        <ChoiceField
          label={t("macros.priority")}
          value={f.priority}
          onChange={(priority) => put({ priority })}
          options={[{ value: "", label: t("macros.leave") }, ...(["low", "normal", "high", "urgent"] as const).map((value) => ({ value, label: t(`macros.priorities.${value}`) }))]}
        />
        <ChoiceField
          label={t("macros.assign")}
          value={f.assign}
          onChange={(assign) => put({ assign })}
          error={submit.errors["actions.assign"]}
          options={[
            { value: "", label: t("macros.leave") },
            { value: "me", label: t("macros.me") },
            { value: "nobody", label: t("macros.nobody") },
            ...members.map((m) => ({ value: m.id, label: m.name })),
          ]}
        />
        <ChoiceField
          label={t("macros.status")}
          value={f.status}
          onChange={(status) => put({ status })}
          error={submit.errors["actions.status"]}
          options={STATUSES.map((value) => ({ value, label: value ? t(`macros.statuses.${value}`) : t("macros.leave") }))}
        />
        {f.status === "snooze" && (
          <ChoiceField
            label={t("macros.until")}
            value={f.until}
            onChange={(until) => put({ until: until as MacroForm["until"], count: "1" })}
            options={UNTILS.map((value) => ({ value, label: t(`macros.untils.${value}`) }))}
          />
        )}
        {f.status === "snooze" && f.until === "weekday" && (
          <ChoiceField label={t("macros.weekday")} value={f.count} onChange={(count) => put({ count })} options={weekdays} error={submit.errors["actions.snooze"]} />
        )}
        {f.status === "snooze" && (f.until === "hours" || f.until === "morning") && (
          <TextField
            label={t(f.until === "hours" ? "macros.hours" : "macros.days")}
            type="number"
            min={1}
            max={f.until === "hours" ? 720 : 90}
            value={f.count}
            onChange={(count) => put({ count })}
            error={submit.errors["actions.snooze"]}
          />
        )}
      </div>
    </KeptDrawer>
  );
}
