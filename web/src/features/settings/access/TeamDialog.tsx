import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Team } from "@/api/types";
import { useMembers } from "@/features/inbox/data";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Avatar } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { CheckField } from "@/ui/CheckField";
import { HueField } from "@/ui/HueField";
import { ChoiceField, SwitchField, TextField } from "@/ui/form";
import { TeamBadge } from "@/ui/TeamBadge";
import { TEAM_ICONS } from "@/ui/TeamIcon";
import { ChannelChecks } from "./ChannelChecks";
import { useRoleName } from "./queries";

/** A team's name, mark and people. */
export function TeamDialog({ team, onClose }: { team: Team | null; onClose: () => void }) {
  const { t } = useTranslation("access");
  const client = useQueryClient();
  const members = useMembers();
  const roleName = useRoleName();
  const submit = useSubmit();
  const post = usePostOnce();
  const [name, setName] = useState(team?.name ?? "");
  const [hue, setHue] = useState(team?.hue ?? 210);
  const [icon, setIcon] = useState(team?.icon ?? "users");
  const [channels, setChannels] = useState<string[]>(team?.channel_ids ?? []);
  const [distribution, setDistribution] = useState(team?.distribution ?? "manual");
  const [onlyAvailable, setOnlyAvailable] = useState(team?.only_available ?? true);
  const [sticky, setSticky] = useState(team?.sticky ?? true);
  const [capacity, setCapacity] = useState(team?.capacity ? String(team.capacity) : "");
  const [minutes, setMinutes] = useState(team?.reassign_minutes ? String(team.reassign_minutes) : "");
  const [people, setPeople] = useState<string[]>(team?.member_ids ?? []);
  return (
    <FormDialog
      title={team ? t("teams.editTitle") : t("teams.new")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        // Who has left meanwhile is no member any more.
        const member_ids = people.filter((id) => members.some((m) => m.id === id));
        const giving = { distribution, only_available: onlyAvailable, sticky, capacity: Number(capacity) || 0, reassign_minutes: Number(minutes) || 0 };
        const body = { name: name.trim(), hue, icon, member_ids, channel_ids: channels, ...giving };
        if (team) await api.patch(`/teams/${team.id}`, body);
        else await post("/teams", body);
        await client.invalidateQueries({ queryKey: ["teams"] });
        onClose();
      }}
      check={{ name: name.trim() ? null : t("teams.nameMissing") }}
    >
      <div className="flex items-start gap-3">
        <TeamBadge hue={hue} icon={icon} size={36} className="mt-6.5 max-md:size-11" />
        <TextField
          className="flex-1"
          label={t("teams.name")}
          value={name}
          maxLength={60}
          onChange={(v) => {
            setName(v);
            submit.clear("name");
          }}
          error={submit.errors.name}
        />
      </div>
      <HueField label={t("teams.colour")} value={hue} onChange={setHue} />
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">{t("teams.icon")}</legend>
        <div className="flex flex-wrap gap-1">
          {Object.entries(TEAM_ICONS).map(([word, Icon]) => (
            <button
              key={word}
              type="button"
              aria-label={t(`teams.icons.${word}`)}
              aria-pressed={icon === word}
              onClick={() => setIcon(word)}
              className={`grid size-8 place-items-center rounded-sm max-md:size-11 ${icon === word ? "bg-accent-soft text-accent-ink" : "text-ink-2 hover:bg-hover"}`}
            >
              <Icon className="size-4" aria-hidden />
            </button>
          ))}
        </div>
      </fieldset>
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t("teams.members")}</legend>
        <div className="scroll max-h-56 overflow-y-auto rounded-sm border border-line px-3 py-1.5">
          {members.map((m) => (
            <CheckField
              key={m.id}
              checked={people.includes(m.id)}
              onChange={(on) => setPeople(on ? [...people, m.id] : people.filter((id) => id !== m.id))}
              label={
                <span className="flex items-center gap-2">
                  <Avatar name={m.name} id={m.id} size={20} />
                  <span className="min-w-0 truncate">{m.name}</span>
                  <span className="shrink-0 text-xs text-ink-3">{roleName(m.role)}</span>
                </span>
              }
            />
          ))}
        </div>
        {submit.errors.member_ids && <p className="mt-1.5 text-xs font-medium text-bad">{submit.errors.member_ids}</p>}
      </fieldset>
      <ChannelChecks label={t("giving.channels")} value={channels} onChange={setChannels} error={submit.errors.channel_ids} />
      <section className="flex flex-col gap-4 border-t border-line pt-4">
        <h3 className="text-md font-semibold">{t("giving.title")}</h3>
        <ChoiceField
          label={t("giving.how")}
          value={distribution}
          onChange={(v) => setDistribution(v as Team["distribution"])}
          options={(["manual", "round_robin", "load"] as const).map((v) => ({ value: v, label: t(`giving.${v}`) }))}
          hint={t(`giving.hint.${distribution}`)}
        />
        {distribution !== "manual" && (
          <>
            <SwitchField label={t("giving.onlyAvailable")} hint={t("giving.onlyAvailableHint")} checked={onlyAvailable} onChange={setOnlyAvailable} />
            <SwitchField label={t("giving.sticky")} hint={t("giving.stickyHint")} checked={sticky} onChange={setSticky} />
            <TextField
              label={t("giving.capacity")}
              optional
              inputMode="numeric"
              value={capacity}
              onChange={(v) => setCapacity(v.replace(/\D/g, ""))}
              placeholder={t("giving.none")}
              error={submit.errors.capacity}
            />
          </>
        )}
        <TextField
          label={t("giving.minutes")}
          optional
          inputMode="numeric"
          value={minutes}
          onChange={(v) => setMinutes(v.replace(/\D/g, ""))}
          error={submit.errors.reassign_minutes}
          hint={t("giving.minutesHint")}
        />
      </section>
    </FormDialog>
  );
}
