import { useTranslation } from "react-i18next";
import { type Me, useSavePreferences } from "@/api/client";
import { choiceOf, LANGUAGES, spoken } from "@/lib/language";
import { ChoiceField } from "@/ui/form";
import { Section } from "./Page";

/** In which language one reads Switchboard; kept with the person, on every device. */
export function LanguageSection({ me }: { me: Me }) {
  const { t } = useTranslation("settings");
  const save = useSavePreferences();
  return (
    <Section title={t("profile.language")}>
      <ChoiceField
        label={t("profile.languageLabel")}
        className="max-w-[440px]"
        value={choiceOf(me.preferences.language)}
        // What is yours to read; customers are written to in the language of the workspace.
        hint={t("profile.languageHint")}
        onChange={(language) => save({ language: language === "auto" ? null : language })}
        options={[
          { value: "auto", label: t("profile.languageAuto", { name: LANGUAGES[spoken(navigator.languages)] }) },
          ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
        ]}
      />
    </Section>
  );
}
