import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";

const HUES = Array.from({ length: 12 }, (_, i) => i * 30);

/** Twelve colours to choose from. */
export function HueField({ label, value, onChange }: { label: string; value: number; onChange: (hue: number) => void }) {
  const { t } = useTranslation("form");
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-1">
        {HUES.map((hue) => (
          <button
            key={hue}
            type="button"
            aria-label={t("hue", { hue })}
            aria-pressed={value === hue}
            onClick={() => onChange(hue)}
            className="grid size-8 place-items-center rounded-sm hover:bg-hover max-md:size-11"
          >
            <i className="grid size-5 place-items-center rounded-full text-white" style={{ background: `oklch(0.65 0.14 ${hue})` }}>
              {value === hue && <Check className="size-3" strokeWidth={3} aria-hidden />}
            </i>
          </button>
        ))}
      </div>
    </fieldset>
  );
}
