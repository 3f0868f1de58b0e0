import { useQueryClient } from "@tanstack/react-query";
import { Clock, DoorClosed, DoorOpen } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AutomaticAnswer, Channel, HoursPlace, OpeningHours, Page } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { timeZones } from "@/features/setup/guess";
import { useSubmit } from "@/lib/submit";
import { useUnsaved } from "@/lib/unsaved";
import { knownZone } from "@/lib/zones";
import { Button, toast } from "@/ui";
import { ChoiceField, SwitchField } from "@/ui/form";
import { Section } from "../Page";
import { AnswerField } from "./AnswerField";
import { WeekGrid } from "./WeekGrid";
import { office, withPlace } from "./week";

interface Props {
  place: HoursPlace;
  /** What a channel has until it has its own; null for the workspace itself. */
  whole: HoursPlace | null;
  channel: Channel | undefined;
  channels: Channel[];
  zone: string;
  manages: boolean;
  /** Whether something is written that is not saved. */
  onChanged: (changed: boolean) => void;
}

const silent: AutomaticAnswer = { on: false, text: "", languages: {} };

/** Of the workspace there is always an answer, though it may be off; a channel has none until it gets its own. */
const valuesOf = (p: HoursPlace, isChannel: boolean) => ({
  schedule: p.schedule,
  greeting: p.greeting ?? (isChannel ? null : silent),
  away: p.away ?? (isChannel ? null : silent),
});

/** Hours, greeting and out-of-office answer of the workspace or of a channel; a channel may have each of them itself. */
export function PlaceForm({ place, whole, channel, channels, zone, manages, onChanged }: Props) {
  const { t, i18n } = useTranslation("hours");
  const client = useQueryClient();
  const submit = useSubmit();
  const theirs = useMemo(() => valuesOf(place, !!whole), [place, whole]);
  const [schedule, setSchedule] = useState<OpeningHours | null>(theirs.schedule);
  const [greeting, setGreeting] = useState<AutomaticAnswer | null>(theirs.greeting);
  const [away, setAway] = useState<AutomaticAnswer | null>(theirs.away);
  const zones = useMemo(() => timeZones(schedule?.time_zone ?? zone), [schedule?.time_zone, zone]);
  const fresh = (): OpeningHours => structuredClone(whole?.schedule ?? { time_zone: zone, week: office() });
  const now = JSON.stringify({ schedule, greeting, away });
  const there = JSON.stringify(theirs);
  const [saved, setSaved] = useState(there);
  // What was there before it was saved here, until the server's answer has taken its place.
  const [past, setPast] = useState<string | null>(null);
  if (past !== null && there !== past) setPast(null);
  const changed = now !== saved;
  useEffect(() => onChanged(changed), [changed, onChanged]);
  useUnsaved(changed && manages);
  const adopt = (v: typeof theirs) => {
    setSaved(JSON.stringify(v));
    setSchedule(v.schedule);
    setGreeting(v.greeting);
    setAway(v.away);
  };
  // What another person saved meanwhile is shown, unless it would take away what is being written here.
  if (there !== saved && there !== past && (now === saved || now === there)) {
    adopt(theirs);
  }
  const moment = new Intl.DateTimeFormat(i18n.language, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: knownZone(schedule?.time_zone ?? whole?.schedule?.time_zone ?? zone),
  });
  const OpenIcon = place.open ? DoorOpen : DoorClosed;
  const state = place.open ? t("state.open") : t("state.closed");
  const until = place.changes_at && t(place.open ? "state.closes" : "state.opens", { at: moment.format(new Date(place.changes_at)) });

  const answer = (name: "greeting" | "away", value: AutomaticAnswer | null, set: (a: AutomaticAnswer | null) => void, inherited: AutomaticAnswer | null) => (
    <Section title={t(`${name}.title`)} lead={t(`${name}.lead`)}>
      {whole && (
        <SwitchField
          className="mb-4"
          label={t("ownAnswer")}
          hint={value ? undefined : inherited?.on ? t("asWorkspaceSays", { text: inherited.text }) : t("asWorkspaceSilent")}
          checked={!!value}
          disabled={!manages}
          onChange={(own) => set(own ? structuredClone(inherited ?? silent) : null)}
        />
      )}
      {value && (
        <AnswerField
          name={name}
          value={value}
          onChange={(v) => {
            set(v);
            submit.clear(...Object.keys(submit.errors).filter((k) => k.startsWith(name)));
          }}
          errors={submit.errors}
          channel={channel}
          channels={channels}
          opens={place.open ? null : place.changes_at}
          disabled={!manages}
        />
      )}
    </Section>
  );

  return (
    <form
      ref={submit.form}
      noValidate
      aria-label={channel?.name ?? t("workspace")}
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(async () => {
          // As the server keeps it: in order, without blanks around.
          const kept = await api.put<HoursPlace>(`/hours/${place.place}`, { schedule, greeting, away });
          const values = valuesOf(kept, !!whole);
          client.setQueryData<Page<HoursPlace>>(["hours"], (old) => old && { ...old, data: withPlace(old.data, kept) });
          setPast(there === JSON.stringify(values) ? null : there);
          adopt(values);
          await client.invalidateQueries({ queryKey: ["hours"] });
          toast(t("saved"));
        });
      }}
    >
      {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
      <p className="mb-4 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm" role="status">
        <OpenIcon className={`size-4 ${place.open ? "text-good" : "text-ink-3"}`} aria-hidden />
        <span className="font-medium">{state}</span>
        {until && <span className="text-ink-3">{until}</span>}
      </p>
      <Section title={t("hours.title")} lead={whole ? t("hours.leadChannel") : t("hours.lead")}>
        <SwitchField
          label={whole ? t("hours.own") : t("hours.on")}
          hint={schedule ? undefined : whole ? t(whole.schedule ? "hours.asWorkspace" : "hours.asWorkspaceAlways") : t("hours.always")}
          checked={!!schedule}
          disabled={!manages}
          onChange={(on) => setSchedule(on ? fresh() : null)}
        />
        {schedule && (
          <div className="mt-4 flex flex-col gap-4">
            <ChoiceField
              className="max-w-80"
              label={
                <span className="inline-flex items-center gap-1.5">
                  <Clock className="size-3.5 text-ink-3" aria-hidden />
                  {t("hours.zone")}
                </span>
              }
              value={schedule.time_zone}
              onChange={(time_zone) => setSchedule({ ...schedule, time_zone })}
              options={zones}
              error={submit.errors["schedule.time_zone"]}
              disabled={!manages}
            />
            <WeekGrid
              week={schedule.week}
              onChange={(week) => {
                setSchedule({ ...schedule, week });
                submit.clear(...Object.keys(submit.errors).filter((k) => k.startsWith("schedule.week")));
              }}
              errors={submit.errors}
              disabled={!manages}
            />
          </div>
        )}
      </Section>
      {answer("greeting", greeting, setGreeting, whole?.greeting ?? null)}
      {answer("away", away, setAway, whole?.away ?? null)}
      {manages && (
        <div className="sticky bottom-0 z-10 -mx-2 mb-8 flex items-center gap-3 border-t border-line bg-sheet px-2 py-3">
          <Button type="submit" variant="primary" loading={submit.busy} disabled={!changed}>
            {t("save")}
          </Button>
          <span className="text-xs text-ink-3" role="status">
            {changed ? t("unsaved") : ""}
          </span>
        </div>
      )}
    </form>
  );
}
