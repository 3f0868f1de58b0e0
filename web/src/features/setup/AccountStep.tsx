import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { PasswordField, TextField } from "@/ui/form";
import { Title } from "./Frame";
import { MIN_PASSWORD } from "./password";
import { Strength } from "./Strength";

export interface Account {
  name: string;
  email: string;
  password: string;
}

export const looksLikeEmail = (value: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim());

export function AccountStep({ value, onDone }: { value: Account; onDone: (value: Account) => void }) {
  const { t } = useTranslation("setup");
  const [name, setName] = useState(value.name);
  const [email, setEmail] = useState(value.email);
  const [password, setPassword] = useState(value.password);
  const submit = useSubmit();
  const { errors } = submit;

  return (
    <>
      <Title title={t("account.title")} lead={t("account.lead")} />
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(async () => onDone({ name: name.trim(), email: email.trim(), password }), {
            name: !name.trim() && t("account.nameMissing"),
            email: !looksLikeEmail(email) && t("account.emailWrong"),
            password: [...password].length < MIN_PASSWORD && t("account.passwordShort", { count: MIN_PASSWORD }),
          });
        }}
      >
        <TextField
          label={t("account.name")}
          name="name"
          autoComplete="name"
          autoFocus
          value={name}
          onChange={(v) => {
            setName(v);
            submit.clear("name");
          }}
          error={errors.name}
          maxLength={120}
        />
        <TextField
          label={t("account.email")}
          name="email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(v) => {
            setEmail(v);
            submit.clear("email");
          }}
          error={errors.email}
          maxLength={254}
        />
        <PasswordField
          label={t("account.password")}
          name="password"
          autoComplete="new-password"
          value={password}
          onChange={(v) => {
            setPassword(v);
            submit.clear("password");
          }}
          error={errors.password}
          hint={<Strength password={password} about={[name, email]} />}
          maxLength={200}
        />
        <Button type="submit" variant="primary" size="lg" className="mt-2 w-full">
          {t("next")}
        </Button>
      </form>
    </>
  );
}
