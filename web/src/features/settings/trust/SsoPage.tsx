import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { SsoConnection } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { useUnsaved } from "@/lib/unsaved";
import { Button, ErrorState, toast } from "@/ui";
import { Banner } from "@/ui/Banner";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyField } from "@/ui/CopyField";
import { PasswordField, SwitchField, TextField } from "@/ui/form";
import { RowsSkeleton, SettingsPage } from "../Page";

/** The workspace's identity provider. */
export function SsoPage() {
  const { t } = useTranslation("trust");
  const me = useMe();
  const sso = useQuery({ queryKey: ["sso"], queryFn: () => api.get<SsoConnection>("/workspace/sso"), retry: false });
  return (
    <SettingsPage title={t("sso.title")} lead={t("sso.lead")} adminOnly>
      {sso.isError ? (
        <ErrorState title={t("sso.failed")} error={sso.error} onRetry={() => void sso.refetch()} />
      ) : !sso.data ? (
        <RowsSkeleton />
      ) : (
        <Form key={sso.data.issuer} sso={sso.data} owner={me?.role === "owner"} />
      )}
    </SettingsPage>
  );
}

/** Whoever names the provider could come in as anybody: owners change it, others see how it stands. */
function Form({ sso, owner }: { sso: SsoConnection; owner: boolean }) {
  const { t } = useTranslation("trust");
  const client = useQueryClient();
  const [name, setName] = useState(sso.name);
  const [issuer, setIssuer] = useState(sso.issuer);
  const [clientId, setClientId] = useState(sso.client_id);
  const [secret, setSecret] = useState("");
  const [byEmail, setByEmail] = useState(sso.map_by_email);
  const [enforced, setEnforced] = useState(sso.enforced);
  const [removing, setRemoving] = useState(false);
  const submit = useSubmit();
  useUnsaved(
    owner &&
      (name.trim() !== sso.name || issuer.trim() !== sso.issuer || clientId.trim() !== sso.client_id || secret !== "" || byEmail !== sso.map_by_email || enforced !== sso.enforced),
  );
  const field = (value: string, set: (v: string) => void, key: string) => ({
    value,
    onChange: (v: string) => {
      set(v);
      submit.clear(key);
    },
    error: submit.errors[key],
  });
  return (
    <form
      ref={submit.form}
      noValidate
      className="flex max-w-[560px] flex-col gap-5"
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(
          async () => {
            const body = { name: name.trim(), issuer: issuer.trim(), client_id: clientId.trim(), client_secret: secret || undefined, map_by_email: byEmail, enforced };
            client.setQueryData(["sso"], await api.put<SsoConnection>("/workspace/sso", body));
            setSecret("");
            toast(t("saved"));
          },
          { name: !name.trim() && t("sso.nameMissing"), issuer: !issuer.trim() && t("sso.issuerMissing"), client_id: !clientId.trim() && t("sso.clientMissing") },
        );
      }}
    >
      {!owner && <Banner>{t("sso.ownersOnly")}</Banner>}
      {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
      <CopyField label={t("sso.redirect")} value={sso.redirect_uri} hint={t("sso.redirectHint")} />
      <fieldset disabled={!owner} className="contents">
        <TextField label={t("sso.name")} hint={t("sso.nameHint")} maxLength={100} {...field(name, setName, "name")} />
        <TextField label={t("sso.issuer")} hint={t("sso.issuerHint")} placeholder="https://login.example.com" inputMode="url" {...field(issuer, setIssuer, "issuer")} />
        <TextField label={t("sso.clientId")} autoComplete="off" {...field(clientId, setClientId, "client_id")} />
        {owner && (
          <PasswordField label={t("sso.secret")} autoComplete="off" hint={sso.has_secret ? t("sso.secretKept") : undefined} {...field(secret, setSecret, "client_secret")} />
        )}
        <SwitchField label={t("sso.byEmail")} hint={t("sso.byEmailHint")} checked={byEmail} onChange={setByEmail} />
        <SwitchField label={t("sso.enforced")} hint={t("sso.enforcedHint")} checked={enforced} onChange={setEnforced} />
      </fieldset>
      {owner && (
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" loading={submit.busy}>
            {t("sso.save")}
          </Button>
          {sso.issuer && (
            <Button variant="ghost" onClick={() => setRemoving(true)}>
              {t("sso.remove")}
            </Button>
          )}
        </div>
      )}
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={t("sso.removeTitle", { name: sso.name })}
        text={t("sso.removeText")}
        confirm={t("sso.remove")}
        danger
        onConfirm={async () => {
          await api.delete("/workspace/sso");
          await client.invalidateQueries({ queryKey: ["sso"] });
        }}
      />
    </form>
  );
}
