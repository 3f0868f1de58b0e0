import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { Frame, Problem, Title } from "@/features/setup/Frame";
import { MIN_PASSWORD } from "@/features/setup/password";
import { Strength } from "@/features/setup/Strength";
import { useSubmit } from "@/lib/submit";
import { Button, ErrorState, toast } from "@/ui";
import { PasswordField, TextField } from "@/ui/form";

/** A new password by a link that works once. */
export function ResetPage({ token }: { token: string }) {
  const { t } = useTranslation("auth");
  const navigate = useNavigate();
  const path = `/auth/password-resets/${encodeURIComponent(token)}`;
  const offer = useQuery({ queryKey: ["reset", token], queryFn: () => api.get<{ email: string }>(path), retry: false, staleTime: Number.POSITIVE_INFINITY });
  const [password, setPassword] = useState("");
  const submit = useSubmit();
  useEffect(() => {
    document.title = `${t("reset.title")} · Switchboard`;
  }, [t]);
  const gone = offer.error instanceof ApiError && offer.error.status === 404;
  if (gone)
    return (
      <Frame>
        <Title title={t("reset.gone")} lead={t("reset.goneText")} />
      </Frame>
    );
  return (
    <Frame>
      {offer.isError ? (
        <ErrorState title={t("failed")} error={offer.error} onRetry={() => void offer.refetch()} />
      ) : !offer.data ? (
        <div className="skel h-40" role="status" aria-label={t("loading")} />
      ) : (
        <>
          <Title title={t("reset.title")} lead={t("reset.lead")} />
          <form
            ref={submit.form}
            noValidate
            className="flex flex-col gap-4"
            onSubmit={(e) => {
              e.preventDefault();
              void submit.run(
                async () => {
                  await api.post(path, { password });
                  toast(t("reset.done"));
                  await navigate({ to: "/sign-in", replace: true });
                },
                { password: [...password].length < MIN_PASSWORD && t("passwordShort", { count: MIN_PASSWORD }) },
              );
            }}
          >
            {submit.problem && <Problem>{submit.problem.status ? submit.problem.detail : t("network")}</Problem>}
            <TextField label={t("email")} type="email" autoComplete="username" value={offer.data.email} onChange={() => {}} readOnly />
            <PasswordField
              label={t("reset.new")}
              autoComplete="new-password"
              autoFocus
              value={password}
              onChange={(v) => {
                setPassword(v);
                submit.clear("password");
              }}
              error={submit.errors.password}
              hint={<Strength password={password} about={[offer.data.email]} />}
            />
            <Button type="submit" variant="primary" size="lg" className="mt-2 w-full" loading={submit.busy}>
              {t("reset.save")}
            </Button>
          </form>
        </>
      )}
    </Frame>
  );
}
