import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Session, api, startSession } from "@/api/client";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { ChoiceField, TextField } from "@/ui/form";
import type { Account } from "./AccountStep";
import { Problem, Title } from "./Frame";
import { countries, guessCountry, guessTimeZone, timeZones } from "./guess";
import { languages } from "./languages";

export function WorkspaceStep({ account, onBack, onDone }: { account: Account; onBack: () => void; onDone: () => void }) {
  const { t, i18n } = useTranslation("setup");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [locale, setLocale] = useState(() => (navigator.language.toLowerCase().startsWith("de") ? "de" : "en"));
  const [zone, setZone] = useState(guessTimeZone);
  const [country, setCountry] = useState(() => guessCountry());
  const [sample, setSample] = useState(true);
  const submit = useSubmit();
  const { errors, problem } = submit;
  const countryList = useMemo(() => countries(i18n.language), [i18n.language]);
  const zoneList = useMemo(() => timeZones(guessTimeZone()), []);
  const accountErrors = ["name", "email", "password"].flatMap((f) => errors[f] ?? []);

  const send = async () => {
    const session = await api.post<Session>("/setup", {
      ...account,
      workspace_name: name.trim(),
      locale,
      time_zone: zone,
      default_country: country,
      sample_data: sample,
    });
    startSession(queries, session);
    onDone();
  };

  return (
    <>
      <Title title={t("workspace.title")} lead={t("workspace.lead")} />
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(send, { workspace_name: !name.trim() && t("workspace.nameMissing") });
        }}
      >
        {problem && <Problem>{problem.status ? problem.detail : t("network")}</Problem>}
        {accountErrors.length > 0 && (
          <Problem>
            {accountErrors.join(" ")}{" "}
            <button type="button" className="font-medium text-accent-ink underline underline-offset-2" onClick={onBack}>
              {t("workspace.changeAccount")}
            </button>
          </Problem>
        )}
        <TextField
          label={t("workspace.name")}
          name="organization"
          autoComplete="organization"
          autoFocus
          value={name}
          onChange={(v) => {
            setName(v);
            submit.clear("workspace_name");
          }}
          error={errors.workspace_name}
          placeholder={t("workspace.namePlaceholder")}
          maxLength={120}
        />
        <ChoiceField
          label={t("workspace.language")}
          value={locale}
          onChange={setLocale}
          options={languages(i18n.language)}
          error={errors.locale}
          hint={t("workspace.languageHint")}
        />
        <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
          <ChoiceField label={t("workspace.timeZone")} value={zone} onChange={setZone} options={zoneList} error={errors.time_zone} />
          <ChoiceField label={t("workspace.country")} value={country} onChange={setCountry} options={countryList} error={errors.default_country} autoComplete="country" />
        </div>
        <fieldset className="mt-1">
          <legend className="mb-1.5 text-sm font-medium">{t("workspace.start")}</legend>
          <div className="flex flex-col gap-2">
            <Start checked={sample} onPick={() => setSample(true)} title={t("workspace.sample")} text={t("workspace.sampleText")} value="sample" />
            <Start checked={!sample} onPick={() => setSample(false)} title={t("workspace.empty")} text={t("workspace.emptyText")} value="empty" />
          </div>
        </fieldset>
        <div className="mt-2 flex gap-2">
          <Button type="button" variant="ghost" size="lg" onClick={onBack}>
            {t("back")}
          </Button>
          <Button type="submit" variant="primary" size="lg" className="flex-1" loading={submit.busy}>
            {t("workspace.create")}
          </Button>
        </div>
      </form>
    </>
  );
}

function Start({ checked, onPick, title, text, value }: { checked: boolean; onPick: () => void; title: string; text: string; value: string }) {
  return (
    <label
      className={`flex cursor-pointer gap-3 rounded-lg border p-3 ${checked ? "border-accent bg-accent-soft" : "border-line-strong bg-raised hover:bg-subtle"} has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus`}
    >
      <input type="radio" name="start" value={value} checked={checked} onChange={onPick} className="mt-0.5 size-4 shrink-0 accent-(--accent) outline-none" />
      <span className="min-w-0">
        <span className="block text-sm font-medium text-ink">{title}</span>
        <span className="mt-0.5 block text-xs text-ink-2">{text}</span>
      </span>
    </label>
  );
}
