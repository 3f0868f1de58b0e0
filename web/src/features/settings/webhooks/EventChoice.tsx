import { useTranslation } from "react-i18next";
import type { WebhookEventKind } from "@/api/types";
import { CheckField } from "@/ui/CheckField";
import { SwitchField } from "@/ui/form";
import { chooseGroup, chooseKind, holds } from "./choice";

interface Props {
  all: WebhookEventKind[];
  value: string[];
  onChange: (value: string[]) => void;
  error?: string;
}

/** Which kinds of events are told: everything, whole groups, or single ones. */
export function EventChoice({ all, value, onChange, error }: Props) {
  const { t } = useTranslation("webhooks");
  const everything = value.includes("*");
  const groups = [...new Set(all.map((k) => k.group))];
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 text-sm font-medium">{t("form.events")}</legend>
      <SwitchField label={t("form.everything")} hint={t("form.everythingHint")} checked={everything} onChange={(on) => onChange(on ? ["*"] : [])} />
      {!everything && (
        <div className="scroll mt-2 max-h-72 overflow-y-auto rounded-sm border border-line">
          {groups.map((group) => {
            const kinds = all.filter((k) => k.group === group);
            return (
              <section key={group} className="border-line p-3 not-last:border-b">
                <CheckField
                  label={<span className="font-medium">{t("form.group", { group: t(`group.${group}`) })}</span>}
                  checked={holds(value, `${group}.`)}
                  onChange={(on) => onChange(chooseGroup(value, group, on))}
                />
                <div className="ms-6">
                  {kinds.map((k) => (
                    <CheckField
                      key={k.name}
                      label={<span className="font-mono text-xs">{k.name}</span>}
                      hint={t(`about.${k.name}`, { defaultValue: k.about })}
                      checked={holds(value, k.name)}
                      onChange={(on) => onChange(chooseKind(value, k, all, on))}
                    />
                  ))}
                </div>
              </section>
            );
          })}
        </div>
      )}
      {error && (
        <p tabIndex={-1} aria-invalid="true" className="mt-1.5 text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
