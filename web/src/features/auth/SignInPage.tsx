import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Fingerprint } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type Session, api, startSession } from "@/api/client";
import type { SignInMethods } from "@/api/types";
import { Frame, Problem, Title } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button } from "@/ui";
import { PasswordField, TextField } from "@/ui/form";
import { SecondStep } from "./SecondStep";

/** Only addresses inside the product are followed after signing in. */
export function safeNext(value: unknown): string {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) && !value.startsWith("/sign-in") ? value : "/inbox";
}

/** An identity provider sent an owner back who still has to give the code; it stands behind the number sign. */
export const challengeOf = (hash: string) => new URLSearchParams(hash.replace(/^#/, "")).get("challenge");

export function SignInPage() {
  const { t } = useTranslation("auth");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState<string | null>(() => challengeOf(location.hash));
  const submit = useSubmit();
  const methods = useQuery({ queryKey: ["sign-in-methods"], queryFn: () => api.get<SignInMethods>("/auth/methods"), retry: false });
  const refused = new URLSearchParams(location.search).get("sso_error");
  const { problem, errors } = submit;
  const setup = useQuery({ queryKey: ["setup"], queryFn: () => api.get<{ needed: boolean }>("/setup"), staleTime: 0 });

  useEffect(() => {
    document.title = `${t("signIn")} · Switchboard`;
  }, [t]);
  useEffect(() => {
    if (setup.data?.needed) void navigate({ to: "/setup", replace: true });
  }, [setup.data, navigate]);

  useEffect(() => {
    // Not for the next page, nor for whoever looks at the address.
    if (challengeOf(location.hash)) history.replaceState(history.state, "", location.pathname + location.search);
  }, []);

  const send = async () => {
    try {
      await enter(await api.post<Session>("/auth/sign-in", { email: email.trim(), password }));
    } catch (e) {
      const next = e instanceof ApiError && e.code === "auth.second_step_needed" ? (e.body as { challenge?: string }).challenge : undefined;
      if (!next) throw e;
      setChallenge(next);
    }
  };
  const enter = async (session: Session) => {
    startSession(queries, session);
    const next = safeNext(new URLSearchParams(location.search).get("next"));
    await navigate({ to: next, replace: true });
  };

  const said = (error: ApiError) => {
    if (error.code === "auth.wrong_credentials" || error.status === 401) return t("wrong");
    if (error.status === 429) return t("tooMany");
    return error.status ? error.detail || t("failed") : t("network");
  };

  if (challenge)
    return (
      <Frame>
        <SecondStep
          challenge={challenge}
          onSession={enter}
          onBack={() => {
            setChallenge(null);
            setPassword("");
          }}
        />
      </Frame>
    );
  return (
    <Frame>
      <Title title={t("signIn")} />
      {refused && !problem && (
        <div className="mb-4">
          <Problem>{refused}</Problem>
        </div>
      )}
      {!!methods.data?.sso.length && (
        <div className="mb-6 flex flex-col gap-2">
          {methods.data.sso.map((s) => (
            <Button key={s.workspace_id} size="lg" className="w-full" asChild>
              <a href={`/api/v1/auth/sso/${s.workspace_id}?next=${encodeURIComponent(safeNext(new URLSearchParams(location.search).get("next")))}`}>
                <Fingerprint aria-hidden />
                {t("sso", { name: s.name })}
              </a>
            </Button>
          ))}
          <div className="mt-4 flex items-center gap-3 text-xs text-ink-3">
            <span className="h-px flex-1 bg-line-strong" /> {t("or")} <span className="h-px flex-1 bg-line-strong" />
          </div>
        </div>
      )}
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
        {methods.data?.reset_by_mail && (
          <Link to="/forgot-password" className="self-center text-sm text-accent-ink underline underline-offset-2">
            {t("forgot.link")}
          </Link>
        )}
      </form>
    </Frame>
  );
}
