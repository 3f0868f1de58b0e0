import { useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, Holiday } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Button, IconButton } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { CheckField } from "@/ui/CheckField";
import { ChoiceField, TextField } from "@/ui/form";
import { another } from "./week";

/** A holiday by hand: days, every year or not, where, and open at other times if it is. */
export function HolidayDialog({ holiday, place, channels, onClose }: { holiday: Holiday | null; place: string; channels: Channel[]; onClose: () => void }) {
  const { t } = useTranslation("hours");
  const client = useQueryClient();
  const submit = useSubmit();
  const post = usePostOnce();
  const [name, setName] = useState(holiday?.name ?? "");
  const [from, setFrom] = useState(holiday?.from ?? "");
  const [to, setTo] = useState(holiday && holiday.to !== holiday.from ? holiday.to : "");
  const [where, setWhere] = useState(holiday?.place ?? place);
  const [yearly, setYearly] = useState(holiday?.yearly ?? false);
  const [slots, setSlots] = useState(holiday?.slots ?? []);
  const field = "h-9 rounded-sm border border-line-control bg-raised px-2 text-sm tabular-nums text-ink max-md:h-11 max-md:text-[16px]";
  const edit = (i: number, change: Partial<Holiday["slots"][number]>) => setSlots(slots.map((s, n) => (n === i ? { ...s, ...change } : s)));
  const slotFault = Object.entries(submit.errors).find(([k]) => k.startsWith("slots"))?.[1];
  return (
    <FormDialog
      title={holiday ? t("holidays.editTitle") : t("holidays.new")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const body = { place: where, name: name.trim(), from, to: to || null, yearly, slots };
        if (holiday) await api.put(`/holidays/${holiday.id}`, body);
        else await post("/holidays", body);
        await client.invalidateQueries({ queryKey: ["holidays"] });
        await client.invalidateQueries({ queryKey: ["hours"] });
        onClose();
      }}
      check={{ name: !name.trim() && t("holidays.nameMissing"), from: !from && t("holidays.fromMissing") }}
    >
      <TextField
        label={t("holidays.name")}
        value={name}
        maxLength={100}
        onChange={(v) => {
          setName(v);
          submit.clear("name");
        }}
        error={submit.errors.name}
      />
      <div className="grid grid-cols-2 gap-3 max-[479px]:grid-cols-1">
        <TextField
          type="date"
          label={t("holidays.from")}
          value={from}
          onChange={(v) => {
            setFrom(v);
            submit.clear("from", "to");
          }}
          error={submit.errors.from}
        />
        <TextField
          type="date"
          label={t("holidays.to")}
          optional
          value={to}
          min={from}
          onChange={(v) => {
            setTo(v);
            submit.clear("to");
          }}
          error={submit.errors.to}
        />
      </div>
      <ChoiceField
        label={t("holidays.where")}
        value={where}
        onChange={setWhere}
        options={[{ value: "workspace", label: t("holidays.everywhere") }, ...channels.map((c) => ({ value: c.id, label: c.name }))]}
        error={submit.errors.place}
      />
      <CheckField label={t("holidays.everyYear")} checked={yearly} onChange={setYearly} />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t("holidays.times")}</legend>
        <p className="mb-2 text-xs text-ink-3">{slots.length ? t("holidays.openAt") : t("holidays.closedAll")}</p>
        <div className="flex flex-col gap-2">
          {slots.map((slot, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place in the day
            <div key={i} className="flex items-center gap-1.5">
              <input type="time" aria-label={t("grid.from")} className={field} value={slot.from} onChange={(e) => edit(i, { from: e.target.value })} />
              <span aria-hidden className="text-ink-3">
                –
              </span>
              <input
                type="time"
                aria-label={t("grid.to")}
                className={field}
                value={slot.to === "24:00" ? "00:00" : slot.to}
                onChange={(e) => edit(i, { to: e.target.value === "00:00" ? "24:00" : e.target.value })}
              />
              <IconButton label={t("holidays.removeTime", { n: i + 1 })} onClick={() => setSlots(slots.filter((_, n) => n !== i))}>
                <X aria-hidden />
              </IconButton>
            </div>
          ))}
          <Button size="sm" variant="ghost" className="self-start" onClick={() => setSlots([...slots, another(slots)])}>
            <Plus aria-hidden />
            {t("holidays.addTime")}
          </Button>
        </div>
        {slotFault && <p className="mt-1.5 text-xs font-medium text-bad">{slotFault}</p>}
      </fieldset>
    </FormDialog>
  );
}
