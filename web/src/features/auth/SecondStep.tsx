import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Session } from "@/api/client";
import { Problem, Title } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { TextField } from "@/ui/form";

/** The password was right; now the code of an app, or a recovery code. */
export function SecondStep({ challenge, onSession, onBack }: { challenge: string; onSession: (session: Session) => Promise<void>; onBack: () => void }) {
  const { t } = useTranslation("auth");
  const [code, setCode] = useState("");
  const submit = useSubmit();
  const { problem, errors } = submit;
  return (
    <>
      <Title title={t("second.title")} lead={t("second.lead")} />
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(async () => onSession(await api.post<Session>("/auth/second-step", { challenge, code: code.trim() })), { code: !code.trim() && t("second.missing") });
        }}
      >
        {problem && <Problem>{problem.status === 429 ? t("tooMany") : problem.status ? problem.detail : t("network")}</Problem>}
        <TextField
          label={t("second.code")}
          name="code"
          autoComplete="one-time-code"
          inputMode="text"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          value={code}
          onChange={(v) => {
            setCode(v);
            submit.clear("code");
          }}
          error={errors.code}
          hint={t("second.hint")}
        />
        <Button type="submit" variant="primary" size="lg" className="mt-2 w-full" loading={submit.busy}>
          {t("signIn")}
        </Button>
        <Button variant="ghost" onClick={onBack}>
          {t("second.back")}
        </Button>
      </form>
    </>
  );
}
