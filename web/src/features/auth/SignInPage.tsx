import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, type Session, api, startSession } from "@/api/client";
import { Frame, Problem, Title } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { PasswordField, TextField } from "@/ui/form";

/** Only addresses inside the product are followed after signing in. */
export function safeNext(value: unknown): string {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) && !value.startsWith("/sign-in") ? value : "/inbox";
}

export function SignInPage() {
  const { t } = useTranslation("auth");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submit = useSubmit();
  const { problem, errors } = submit;
  const setup = useQuery({ queryKey: ["setup"], queryFn: () => api.get<{ needed: boolean }>("/setup"), staleTime: 0 });

  useEffect(() => {
    document.title = `${t("signIn")} · Switchboard`;
  }, [t]);
  useEffect(() => {
    if (setup.data?.needed) void navigate({ to: "/setup", replace: true });
  }, [setup.data, navigate]);

  const send = async () => {
    const session = await api.post<Session>("/auth/sign-in", { email: email.trim(), password });
    startSession(queries, session);
    const next = safeNext(new URLSearchParams(location.search).get("next"));
    await navigate({ to: next, replace: true });
  };

  const said = (error: ApiError) => {
    if (error.code === "auth.wrong_credentials" || error.status === 401) return t("wrong");
    if (error.status === 429) return t("tooMany");
    return error.status ? error.detail || t("failed") : t("network");
  };

  return (
    <Frame>
      <Title title={t("signIn")} />
      <form
        ref={submit.form}
        noValidate
        method="post"
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(send, { email: !email.trim() && t("emailMissing"), password: !password && t("passwordMissing") });
        }}
      >
        {problem && <Problem>{said(problem)}</Problem>}
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
        <PasswordField
          label={t("password")}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(v) => {
            setPassword(v);
            submit.clear("password");
          }}
          error={errors.password}
        />
        <Button type="submit" variant="primary" size="lg" className="mt-2 w-full" loading={submit.busy}>
          {t("signIn")}
        </Button>
      </form>
    </Frame>
  );
}
