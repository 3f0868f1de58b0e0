import { Copy, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { OpeningSlot } from "@/api/types";
import { Button, IconButton, Menu } from "@/ui";
import { Switch } from "@/ui/Switch";
import { another, bars, days, minutes, span, sumOf, type Week } from "./week";

const MOST = 12;
const DAY = 24 * 60;
const field =
  "h-8 rounded-sm border border-line-control bg-raised px-2 text-sm tabular-nums text-ink aria-invalid:border-bad disabled:bg-subtle disabled:text-ink-3 max-md:h-11 max-md:min-w-0 max-md:flex-1 max-md:text-[16px]";

interface Props {
  week: Week;
  onChange: (week: Week) => void;
  errors: Record<string, string>;
  disabled: boolean;
}

/** Seven days, each with its slots, and a picture of the day beside them. */
export function WeekGrid({ week, onChange, errors, disabled }: Props) {
  const { t, i18n } = useTranslation("hours");
  const names = days(i18n.language);
  const put = (day: number, slots: OpeningSlot[]) => onChange(week.map((s, d) => (d === day ? slots : s)));
  const edit = (day: number, at: number, slot: Partial<OpeningSlot>) => put(day, week[day]?.map((s, i) => (i === at ? { ...s, ...slot } : s)) ?? []);
  const copy = (day: number, to: (d: number) => boolean) => onChange(week.map((s, d) => (to(d) ? structuredClone(week[day] ?? []) : s)));
  const total = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(sumOf(week) / 60);
  return (
    <div>
      <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
        {week.map((slots, day) => {
          const name = names[day] ?? "";
          const wrong = [errors[`schedule.week.${day}`], ...slots.map((_, i) => errors[`schedule.week.${day}.${i}`])].find(Boolean);
          return (
            <li key={name} className="grid grid-cols-[8.5rem_1fr_auto] items-start gap-x-4 gap-y-2 px-4 py-3 max-md:grid-cols-[1fr_auto]" aria-label={name}>
              <div className="flex h-8 items-center gap-3 max-md:h-11">
                <Switch
                  label={t("grid.openOn", { day: name })}
                  checked={slots.length > 0}
                  disabled={disabled}
                  onChange={(open) => put(day, open ? [...(week[day - 1]?.length ? structuredClone(week[day - 1] ?? []) : [another([])])] : [])}
                />
                <span className={`text-sm ${slots.length ? "font-medium" : "text-ink-3"}`}>{name}</span>
              </div>
              <div className="min-w-0 max-md:order-3 max-md:col-span-2">
                <DayBar week={week} day={day} />
                {slots.length === 0 ? (
                  <p className="pt-1.5 text-sm text-ink-3">{t("grid.closed")}</p>
                ) : (
                  <div className="mt-2 flex flex-wrap gap-x-4 gap-y-2">
                    {slots.map((slot, i) => {
                      const it = span(slot);
                      const bad = errors[`schedule.week.${day}.${i}`] ? true : undefined;
                      return (
                        // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place in the day
                        <fieldset key={i} className="flex items-center gap-1.5 max-md:w-full max-md:gap-1" disabled={disabled}>
                          <legend className="sr-only">{t("grid.slot", { day: name, n: i + 1 })}</legend>
                          <input
                            type="time"
                            aria-label={t("grid.from")}
                            aria-invalid={bad}
                            className={field}
                            value={slot.from}
                            onChange={(e) => edit(day, i, { from: e.target.value })}
                          />
                          <span className="text-ink-3" aria-hidden>
                            –
                          </span>
                          <input
                            type="time"
                            aria-label={t("grid.to")}
                            aria-invalid={bad}
                            className={field}
                            value={slot.to === "24:00" ? "00:00" : slot.to}
                            onChange={(e) => edit(day, i, { to: e.target.value === "00:00" ? "24:00" : e.target.value })}
                          />
                          {it && it[1] > DAY && (
                            <span className="shrink-0 text-2xs text-ink-3">
                              <span className="max-md:sr-only">{t("grid.nextDay")}</span>
                              <span className="md:hidden" aria-hidden>
                                +1
                              </span>
                            </span>
                          )}
                          {!disabled && (
                            <IconButton
                              label={t("grid.removeSlot", { day: name, n: i + 1 })}
                              size="sm"
                              onClick={() =>
                                put(
                                  day,
                                  slots.filter((_, n) => n !== i),
                                )
                              }
                            >
                              <X aria-hidden />
                            </IconButton>
                          )}
                        </fieldset>
                      );
                    })}
                  </div>
                )}
                {wrong && <p className="mt-1.5 text-xs font-medium text-bad">{wrong}</p>}
              </div>
              {!disabled && (
                <div className="flex items-center gap-0.5 max-md:order-2">
                  <IconButton label={t("grid.addSlot", { day: name })} disabled={slots.length >= MOST} onClick={() => put(day, [...slots, another(slots)])}>
                    <Plus aria-hidden />
                  </IconButton>
                  <Menu.Root>
                    <Menu.Trigger asChild>
                      <IconButton label={t("grid.copy", { day: name })}>
                        <Copy aria-hidden />
                      </IconButton>
                    </Menu.Trigger>
                    <Menu.Content align="end">
                      <Menu.Item onSelect={() => copy(day, (d) => d < 5)}>{t("grid.toWeekdays")}</Menu.Item>
                      <Menu.Item onSelect={() => copy(day, () => true)}>{t("grid.toAll")}</Menu.Item>
                    </Menu.Content>
                  </Menu.Root>
                </div>
              )}
            </li>
          );
        })}
      </ul>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-2 text-xs text-ink-3">
        <span>{t("grid.total", { hours: total })}</span>
        {!disabled && (
          <Button size="sm" variant="ghost" onClick={() => onChange(week.map(() => [{ from: "00:00", to: "24:00" }]))}>
            {t("grid.always")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Midnight to midnight as a line; times that are not yet whole are left out. */
function DayBar({ week, day }: { week: Week; day: number }) {
  const all = bars(
    week.map((slots) => slots.filter((s) => minutes(s.from) !== null && minutes(s.to) !== null)),
    day,
  );
  return (
    <div className="relative mt-3 h-2 rounded-full bg-press" aria-hidden>
      {[6, 12, 18].map((h) => (
        <span key={h} className="absolute inset-y-0 w-px bg-line" style={{ insetInlineStart: `${(h / 24) * 100}%` }} />
      ))}
      {all.map((b) => (
        <span
          key={`${b.from}-${b.night}`}
          className={`absolute inset-y-0 rounded-full ${b.night ? "bg-accent/45" : "bg-accent"}`}
          style={{ insetInlineStart: `${(b.from / DAY) * 100}%`, width: `${((b.to - b.from) / DAY) * 100}%` }}
        />
      ))}
    </div>
  );
}
