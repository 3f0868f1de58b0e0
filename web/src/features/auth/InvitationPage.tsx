import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type Session, api, startSession } from "@/api/client";
import { looksLikeEmail } from "@/features/setup/AccountStep";
import { Frame, Problem, Title } from "@/features/setup/Frame";
import { MIN_PASSWORD } from "@/features/setup/password";
import { Strength } from "@/features/setup/Strength";
import { useSubmit } from "@/lib/submit";
import { Button, ErrorState } from "@/ui";
import { PasswordField, TextField } from "@/ui/form";

interface Offer {
  workspace_name: string;
  role: string;
  email: string | null;
  expires_at: string;
}

export function InvitationPage({ token }: { token: string }) {
  const { t } = useTranslation("auth");
  const offer = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => api.get<Offer>(`/invitations/by-token/${encodeURIComponent(token)}`),
    retry: (n, e) => n < 2 && !(e instanceof ApiError && e.status >= 400 && e.status < 500),
  });

  useEffect(() => {
    document.title = `${t("invitation.page")} · Switchboard`;
  }, [t]);

  if (offer.isError) {
    const gone = offer.error instanceof ApiError && [404, 410].includes(offer.error.status);
    return (
      <Frame>
        {gone ? (
          <>
            <Title title={t("invitation.gone")} lead={t("invitation.goneText")} />
            <Button asChild size="lg">
              <Link to="/sign-in">{t("signIn")}</Link>
            </Button>
          </>
        ) : (
          <ErrorState title={t("invitation.failed")} error={offer.error} onRetry={() => void offer.refetch()} />
        )}
      </Frame>
    );
  }
  return <Frame>{offer.data ? <Accept token={token} offer={offer.data} /> : <div className="h-[420px]" role="status" aria-label={t("loading")} />}</Frame>;
}

function Accept({ token, offer }: { token: string; offer: Offer }) {
  const { t } = useTranslation("auth");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState(offer.email ?? "");
  const [password, setPassword] = useState("");
  const submit = useSubmit();
  const { errors, problem } = submit;

  const send = async () => {
    const session = await api.post<Session>(`/invitations/by-token/${encodeURIComponent(token)}/accept`, { name: name.trim(), email: email.trim(), password });
    startSession(queries, session);
    await navigate({ to: "/inbox", replace: true });
  };

  return (
    <>
      <Title title={t("invitation.title", { workspace: offer.workspace_name })} lead={t(`invitation.lead.${offer.role.startsWith("rol_") ? "own" : offer.role}`)} />
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(send, {
            name: !name.trim() && t("nameMissing"),
            email: !looksLikeEmail(email) && t("emailWrong"),
            password: [...password].length < MIN_PASSWORD && t("passwordShort", { count: MIN_PASSWORD }),
          });
        }}
      >
        {problem && <Problem>{problem.status ? problem.detail || t("failed") : t("network")}</Problem>}
        <TextField
          label={t("name")}
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
          label={t("email")}
          name="email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(v) => {
            setEmail(v);
            submit.clear("email");
          }}
          error={errors.email}
          readOnly={!!offer.email}
          hint={offer.email ? t("invitation.emailFixed") : undefined}
        />
        <PasswordField
          label={t("password")}
          name="password"
          autoComplete="new-password"
          value={password}
          onChange={(v) => {
            setPassword(v);
            submit.clear("password");
          }}
          error={errors.password}
          hint={<Strength password={password} about={[name, email]} />}
        />
        <Button type="submit" variant="primary" size="lg" className="mt-2 w-full" loading={submit.busy}>
          {t("invitation.join")}
        </Button>
      </form>
    </>
  );
}
