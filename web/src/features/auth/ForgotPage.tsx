import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { looksLikeEmail } from "@/features/setup/AccountStep";
import { Frame, Problem, Title } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { TextField } from "@/ui/form";

/** Asks for a link by mail. Whether the address is known is not said. */
export function ForgotPage() {
  const { t } = useTranslation("auth");
  const [email, setEmail] = useState("");
  const [asked, setAsked] = useState(false);
  const submit = useSubmit();
  const { problem, errors } = submit;
  useEffect(() => {
    document.title = `${t("forgot.title")} · Switchboard`;
  }, [t]);
  return (
    <Frame>
      {asked ? (
        <>
          <Title title={t("forgot.asked")} lead={t("forgot.askedText", { email })} />
          <Link to="/sign-in" className="text-sm text-accent-ink underline underline-offset-2">
            {t("forgot.back")}
          </Link>
        </>
      ) : (
        <>
          <Title title={t("forgot.title")} lead={t("forgot.lead")} />
          <form
            ref={submit.form}
            noValidate
            className="flex flex-col gap-4"
            onSubmit={(e) => {
              e.preventDefault();
              void submit.run(
                async () => {
                  await api.post("/auth/password-resets", { email: email.trim() });
                  setAsked(true);
                },
                { email: !looksLikeEmail(email) && t("emailWrong") },
              );
            }}
          >
            {problem && <Problem>{problem.status === 429 ? t("tooMany") : problem.status ? problem.detail : t("network")}</Problem>}
            <TextField
              label={t("email")}
              name="email"
              type="email"
              autoComplete="username"
              autoFocus
              value={email}
              onChange={(v) => {
                setEmail(v);
                submit.clear("email");
              }}
              error={errors.email}
            />
            <Button type="submit" variant="primary" size="lg" className="mt-2 w-full" loading={submit.busy}>
              {t("forgot.send")}
            </Button>
            <Link to="/sign-in" className="self-center text-sm text-accent-ink underline underline-offset-2">
              {t("forgot.back")}
            </Link>
          </form>
        </>
      )}
    </Frame>
  );
}
