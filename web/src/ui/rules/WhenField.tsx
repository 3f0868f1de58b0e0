import { useTranslation } from "react-i18next";
import { readWhen } from "@/lib/filters";
import { Select } from "./Select";

const edge = "h-8 min-w-0 rounded-sm border border-line-control bg-raised px-2 text-sm max-md:h-11 max-md:text-[16px]";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  periods: readonly string[];
  units: readonly string[];
  /** Only what has a beginning and an end. */
  ranges?: boolean;
}

/** A time: so long ago or ahead, a day, or a named period. */
export function WhenField({ label, value, onChange, periods, units, ranges }: Props) {
  const { t } = useTranslation("filters");
  const when = value ? readWhen(value) : null;
  const kind = !when ? "" : when.kind === "away" ? (when.sign < 0 ? "ago" : "ahead") : when.kind === "period" ? when.period : when.kind;
  const named = periods.filter((p) => !ranges || p !== "now");
  const choose = (next: string) => {
    const away = when?.kind === "away" ? when : { n: 3, unit: "d" };
    if (next === "ago") onChange(`-${away.n}${away.unit}`);
    else if (next === "ahead") onChange(`+${away.n}${away.unit}`);
    else if (next === "day") onChange(new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10));
    else onChange(next);
  };
  return (
    <div className="flex min-w-0 flex-1 flex-wrap gap-1.5">
      <Select aria-label={label} className="w-0 flex-[1_1_7rem] max-[559px]:basis-full" value={kind} onChange={(e) => choose(e.target.value)}>
        {!kind && <option value="">{t("choose")}</option>}
        {!ranges && (
          <optgroup label={t("when.counted")}>
            <option value="ago">{t("when.isAgo")}</option>
            <option value="ahead">{t("when.isAhead")}</option>
          </optgroup>
        )}
        <optgroup label={t("when.named")}>
          {named.map((p) => (
            <option key={p} value={p}>
              {t(`period.${p}`, { defaultValue: p })}
            </option>
          ))}
        </optgroup>
        <optgroup label={t("when.exact")}>
          <option value="day">{t("when.day")}</option>
          {kind === "at" && <option value="at">{t("when.at")}</option>}
        </optgroup>
      </Select>
      {when?.kind === "away" && (
        <>
          <input
            type="number"
            inputMode="numeric"
            min={0}
            max={9999}
            aria-label={t("when.howMany")}
            className={`${edge} w-14`}
            value={Number.isNaN(when.n) ? "" : when.n}
            onChange={(e) => onChange(`${when.sign < 0 ? "-" : "+"}${Math.max(0, Math.min(9999, Math.floor(e.target.valueAsNumber || 0)))}${when.unit}`)}
          />
          <Select aria-label={t("when.unit")} className="w-26" value={when.unit} onChange={(e) => onChange(`${when.sign < 0 ? "-" : "+"}${when.n}${e.target.value}`)}>
            {units.map((u) => (
              <option key={u} value={u}>
                {t(`unit.${u}`, { count: when.n })}
              </option>
            ))}
          </Select>
        </>
      )}
      {when?.kind === "day" && (
        <input type="date" aria-label={t("when.day")} className={`${edge} flex-auto`} value={when.day} onChange={(e) => e.target.value && onChange(e.target.value)} />
      )}
      {when?.kind === "at" && <input type="text" aria-label={t("when.at")} className={`${edge} flex-auto`} value={when.at} onChange={(e) => onChange(e.target.value)} />}
    </div>
  );
}
