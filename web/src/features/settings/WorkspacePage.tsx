import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Workspace } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { countries, timeZones } from "@/features/setup/guess";
import { languages } from "@/features/setup/languages";
import { useSubmit } from "@/lib/submit";
import { useUnsaved } from "@/lib/unsaved";
import { Button, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ChoiceField, TextField } from "@/ui/form";
import { RowsSkeleton, Section, SettingsPage } from "./Page";

export function WorkspacePage() {
  const { t } = useTranslation("settings");
  const me = useMe();
  return (
    <SettingsPage title={t("workspace.title")} adminOnly>
      {me ? (
        <>
          <General workspace={me.workspace} />
          {me.workspace.sample_data && <SampleData />}
          <Plan workspace={me.workspace} />
        </>
      ) : (
        <RowsSkeleton />
      )}
    </SettingsPage>
  );
}

function General({ workspace }: { workspace: Workspace }) {
  const { t, i18n } = useTranslation("settings");
  const queries = useQueryClient();
  const [name, setName] = useState(workspace.name);
  const [locale, setLocale] = useState(workspace.locale);
  const [zone, setZone] = useState(workspace.time_zone);
  const [country, setCountry] = useState(workspace.default_country);
  const submit = useSubmit();
  const { errors, problem } = submit;
  const changed = name.trim() !== workspace.name || locale !== workspace.locale || zone !== workspace.time_zone || country !== workspace.default_country;
  useUnsaved(changed);
  const zones = useMemo(() => timeZones(workspace.time_zone), [workspace.time_zone]);
  const places = useMemo(() => countries(i18n.language), [i18n.language]);
  const known = languages(i18n.language);
  const speech = known.some((l) => l.value === locale) ? known : [{ value: locale, label: locale }, ...known];

  return (
    <Section title={t("workspace.general")}>
      <form
        ref={submit.form}
        noValidate
        className="flex max-w-[440px] flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(
            async () => {
              await api.patch<Workspace>("/workspace", { name: name.trim(), locale, time_zone: zone, default_country: country });
              await queries.invalidateQueries({ queryKey: ["me"] });
              toast(t("saved"));
            },
            { name: !name.trim() && t("workspace.nameMissing") },
          );
        }}
      >
        {problem && <Problem>{problem.detail || t("failed")}</Problem>}
        <TextField
          label={t("workspace.name")}
          value={name}
          onChange={(v) => {
            setName(v);
            submit.clear("name");
          }}
          error={errors.name}
          maxLength={120}
        />
        <ChoiceField label={t("workspace.language")} hint={t("workspace.languageHint")} value={locale} onChange={setLocale} options={speech} error={errors.locale} />
        <ChoiceField label={t("workspace.timeZone")} value={zone} onChange={setZone} options={zones} error={errors.time_zone} />
        <ChoiceField label={t("workspace.country")} hint={t("workspace.countryHint")} value={country} onChange={setCountry} options={places} error={errors.default_country} />
        <Button type="submit" variant="primary" className="self-start" loading={submit.busy} disabled={!changed}>
          {t("save")}
        </Button>
      </form>
    </Section>
  );
}

function SampleData() {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <Section title={t("workspace.sample")} lead={t("workspace.sampleText")}>
      <Button onClick={() => setAsking(true)}>{t("workspace.removeSample")}</Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("workspace.removeSampleTitle")}
        text={t("workspace.removeSampleText")}
        confirm={t("workspace.removeSample")}
        danger
        onConfirm={async () => {
          await api.delete("/workspace/sample-data");
          await queries.invalidateQueries();
          toast(t("workspace.sampleRemoved"));
        }}
      />
    </Section>
  );
}

function Plan({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation(["settings", "usage"]);
  return (
    <Section title={t("usage:plan.title", { tier: workspace.tier })} lead={t("workspace.planLead")}>
      <ul className="flex flex-wrap gap-1.5">
        {workspace.features.map((f) => (
          <li key={f} className="rounded-full border border-line px-2.5 py-0.5 text-xs text-ink-2">
            {t(`usage:plan.feature.${f}`, { defaultValue: f.replaceAll("_", " ") })}
          </li>
        ))}
      </ul>
    </Section>
  );
}
