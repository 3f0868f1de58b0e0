import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Me, api, setMe, useMe } from "@/api/client";
import { Problem } from "@/features/setup/Frame";
import { MIN_PASSWORD } from "@/features/setup/password";
import { Strength } from "@/features/setup/Strength";
import { useSubmit } from "@/lib/submit";
import { type Theme, useTheme } from "@/lib/theme";
import { useUnsaved } from "@/lib/unsaved";
import { Button, toast } from "@/ui";
import { PasswordField, TextField } from "@/ui/form";
import { LanguageSection } from "./LanguageSection";
import { PicturesSection } from "./PicturesSection";
import { RowsSkeleton, Section, SettingsPage } from "./Page";
import { SignatureSection } from "./SignatureSection";

export function ProfilePage() {
  const { t } = useTranslation("settings");
  const me = useMe();
  return (
    <SettingsPage title={t("profile.title")}>
      {me ? (
        <>
          <Name me={me} />
          <SignatureSection />
          <Password me={me} />
          <LanguageSection me={me} />
          <Look />
          <PicturesSection me={me} />
        </>
      ) : (
        <RowsSkeleton />
      )}
    </SettingsPage>
  );
}

function Name({ me }: { me: Me }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [name, setName] = useState(me.account.name);
  const submit = useSubmit();
  const changed = name.trim() !== me.account.name;
  useUnsaved(changed);
  return (
    <Section title={t("profile.you")}>
      <form
        ref={submit.form}
        noValidate
        className="flex max-w-[440px] flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(
            async () => {
              setMe(queries, await api.patch<Me>("/me", { name: name.trim() }));
              toast(t("saved"));
            },
            { name: !name.trim() && t("profile.nameMissing") },
          );
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
        <TextField
          label={t("profile.name")}
          autoComplete="name"
          value={name}
          onChange={(v) => {
            setName(v);
            submit.clear("name");
          }}
          error={submit.errors.name}
          maxLength={120}
        />
        <TextField label={t("profile.email")} value={me.account.email} onChange={() => {}} readOnly hint={t("profile.emailHint")} />
        <Button type="submit" variant="primary" className="self-start" loading={submit.busy} disabled={!changed}>
          {t("save")}
        </Button>
      </form>
    </Section>
  );
}

function Password({ me }: { me: Me }) {
  const { t } = useTranslation("settings");
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const submit = useSubmit();
  useUnsaved(next !== "");
  return (
    <Section title={t("profile.password")}>
      <form
        ref={submit.form}
        noValidate
        className="flex max-w-[440px] flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(
            async () => {
              await api.post("/me/password", { current_password: current, new_password: next });
              setCurrent("");
              setNext("");
              toast(t("profile.passwordChanged"));
            },
            {
              current_password: !current && t("profile.currentMissing"),
              new_password: [...next].length < MIN_PASSWORD && t("profile.passwordShort", { count: MIN_PASSWORD }),
            },
          );
        }}
      >
        {submit.problem && <Problem>{submit.problem.code === "auth.wrong_credentials" ? t("profile.currentWrong") : submit.problem.detail || t("failed")}</Problem>}
        <input type="text" name="username" autoComplete="username" value={me.account.email} readOnly hidden />
        <PasswordField
          label={t("profile.current")}
          autoComplete="current-password"
          value={current}
          onChange={(v) => {
            setCurrent(v);
            submit.clear("current_password");
          }}
          error={submit.errors.current_password}
        />
        <PasswordField
          label={t("profile.new")}
          autoComplete="new-password"
          value={next}
          onChange={(v) => {
            setNext(v);
            submit.clear("new_password");
          }}
          error={submit.errors.new_password}
          hint={<Strength password={next} about={[me.account.name, me.account.email]} />}
        />
        <Button type="submit" className="self-start" loading={submit.busy}>
          {t("profile.changePassword")}
        </Button>
      </form>
    </Section>
  );
}

const THEMES: readonly Theme[] = ["system", "light", "dark"];

function Look() {
  const { t } = useTranslation("settings");
  const [theme, setTheme] = useTheme();
  return (
    <Section title={t("profile.look")}>
      <fieldset className="inline-flex rounded-md bg-press p-0.5">
        <legend className="sr-only">{t("profile.look")}</legend>
        {THEMES.map((value) => (
          <label
            key={value}
            className={`flex h-7 cursor-pointer items-center rounded-sm px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-focus max-md:h-10 ${theme === value ? "bg-raised font-medium text-ink shadow-1" : "text-ink-2 hover:text-ink"}`}
          >
            <input type="radio" name="theme" className="sr-only" value={value} checked={theme === value} onChange={() => setTheme(value)} />
            {t(`profile.theme.${value}`)}
          </label>
        ))}
      </fieldset>
    </Section>
  );
}
