import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import type { HoursPlace } from "@/api/types";
import { may } from "@/lib/may";
import { ErrorState } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { RowsSkeleton, SettingsPage } from "../Page";
import { useChannels } from "../queries";
import { HolidaysSection } from "./HolidaysSection";
import { PlaceChoice } from "./PlaceChoice";
import { PlaceForm } from "./PlaceForm";
import { useLiveHours, usePlaces } from "./queries";
import { SendingSection } from "./SendingSection";

const nothing = (place: string): HoursPlace => ({ place, schedule: null, greeting: null, away: null, open: true, changes_at: null });

/** When it is open, what is answered by itself, and the switch that stops all of it. */
export function HoursPage() {
  const { t } = useTranslation("hours");
  const me = useMe();
  const places = usePlaces();
  const channels = useChannels();
  const [chosen, setChosen] = useState("workspace");
  const [changed, setChanged] = useState(false);
  const [leaving, setLeaving] = useState<string | null>(null);
  const go = (to: string) => (changed && to !== chosen ? setLeaving(to) : setChosen(to));
  useLiveHours();
  const manages = may(me, "workspace.manage");
  const whole = useMemo(() => places.data?.find((p) => p.place === "workspace") ?? nothing("workspace"), [places.data]);
  const place = places.data?.find((p) => p.place === chosen) ?? { ...nothing(chosen), open: whole.open, changes_at: whole.changes_at };
  const failed = places.isError ? places : channels.isError ? channels : null;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} needs="channels.read">
      <SendingSection />
      {failed ? (
        <ErrorState title={t("loadFailed")} error={failed.error} onRetry={() => void failed.refetch()} />
      ) : !places.data || !channels.data || !me ? (
        <RowsSkeleton count={5} />
      ) : (
        <>
          <PlaceChoice places={places.data} channels={channels.data} value={chosen} onChange={go} />
          <PlaceForm
            key={chosen}
            place={place}
            whole={chosen === "workspace" ? null : whole}
            channel={channels.data.find((c) => c.id === chosen)}
            channels={channels.data}
            zone={me.workspace.time_zone}
            manages={manages}
            onChanged={setChanged}
          />
          <ConfirmDialog
            open={leaving !== null}
            onOpenChange={(open) => !open && setLeaving(null)}
            title={t("leave.title")}
            text={t("leave.text")}
            confirm={t("leave.do")}
            danger
            onConfirm={async () => setChosen(leaving ?? chosen)}
          />
          <HolidaysSection place={chosen} channels={channels.data} manages={manages} />
        </>
      )}
    </SettingsPage>
  );
}
