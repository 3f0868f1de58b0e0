import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Token } from "@/api/types";
import { allPages } from "@/lib/all-pages";
import { date } from "@/lib/dates";
import { useSubmit } from "@/lib/submit";
import { Button, EmptyState, ErrorState, toast } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyField } from "@/ui/CopyField";
import { ChoiceField, TextField } from "@/ui/form";
import { PermissionChecks } from "./access/PermissionChecks";
import { Rows, RowsSkeleton, SettingsPage } from "./Page";
import { ProgramsSection } from "./ProgramsSection";
import { useSearchable } from "./searchable";

export function TokensPage() {
  const { t, i18n } = useTranslation(["settings", "trust", "access"]);
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: () => allPages<Token>("/tokens") });
  const { rows, search } = useSearchable(tokens.data?.data ?? [], (token) => token.name);
  const make = (
    <Button variant="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden />
      {t("tokens.new")}
    </Button>
  );
  return (
    <SettingsPage
      title={t("tokens.title")}
      needs="tokens.manage"
      lead={
        <>
          {t("tokens.lead")}{" "}
          <a href="/api/docs" target="_blank" rel="noopener" className="text-accent-ink underline underline-offset-2">
            {t("tokens.docs")}
          </a>
        </>
      }
      action={tokens.data?.data.length ? make : undefined}
    >
      {tokens.isError ? (
        <ErrorState title={t("tokens.failed")} error={tokens.error} onRetry={() => void tokens.refetch()} />
      ) : !tokens.data ? (
        <RowsSkeleton />
      ) : tokens.data.data.length === 0 ? (
        <EmptyState icon={KeyRound} text={t("tokens.empty")} action={make} />
      ) : (
        <>
          {search}
          <Rows>
            {rows.map((token) => (
              <li key={token.id} className="flex items-center gap-3 px-4 py-3">
                <div className="min-w-0 flex-1">
                  <div className="truncate text-sm font-medium">{token.name}</div>
                  <div className="text-xs text-ink-3">
                    {[
                      token.last_used_at ? t("tokens.used", { date: date(token.last_used_at, i18n.language) }) : t("tokens.unused"),
                      token.permissions ? t("trust:scopes.count", { count: token.permissions.length }) : t("trust:scopes.all"),
                      token.expires_at ? t("tokens.expires", { date: date(token.expires_at, i18n.language) }) : t("tokens.forever"),
                    ].join(" · ")}
                  </div>
                </div>
                <Button variant="ghost" onClick={() => setRevoking(token)} aria-label={t("tokens.revokeNamed", { name: token.name })}>
                  {t("tokens.revoke")}
                </Button>
              </li>
            ))}
          </Rows>
        </>
      )}
      {tokens.data && (
        <div className="mt-8">
          <ProgramsSection />
        </div>
      )}
      {making && <NewToken onClose={() => setMaking(false)} />}
      <ConfirmDialog
        open={!!revoking}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={t("tokens.revokeTitle", { name: revoking?.name })}
        text={t("tokens.revokeText")}
        confirm={t("tokens.revoke")}
        danger
        onConfirm={async () => {
          if (!revoking) return;
          await api.delete(`/tokens/${revoking.id}`);
          await queries.invalidateQueries({ queryKey: ["tokens"] });
          toast(t("tokens.revoked"));
        }}
      />
    </SettingsPage>
  );
}

const DAYS = ["never", "30", "90", "365"] as const;

function NewToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["settings", "trust", "access"]);
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [life, setLife] = useState<string>("never");
  const me = useMe();
  const [scoped, setScoped] = useState(false);
  const [permissions, setPermissions] = useState<string[]>(["conversations.read"]);
  const [made, setMade] = useState<Token | null>(null);
  const submit = useSubmit();
  return (
    <FormDialog
      title={made ? t("tokens.made") : t("tokens.new")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const expires_at = life === "never" ? undefined : new Date(Date.now() + Number(life) * 86_400_000).toISOString();
        setMade(await api.post<Token>("/tokens", { name: name.trim(), expires_at, permissions: scoped ? permissions : undefined }));
        await queries.invalidateQueries({ queryKey: ["tokens"] });
      }}
      check={{ name: !name.trim() && t("tokens.nameMissing") }}
      save={t("tokens.create")}
      instead={
        made?.token && (
          <div className="flex flex-col gap-4">
            <CopyField label={made.name} value={made.token} hint={t("tokens.onlyOnce")} />
            <Button variant="primary" className="self-end" onClick={onClose}>
              {t("done")}
            </Button>
          </div>
        )
      }
    >
      <TextField
        label={t("tokens.name")}
        autoFocus
        value={name}
        onChange={(v) => {
          setName(v);
          submit.clear("name");
        }}
        error={submit.errors.name}
        hint={t("tokens.nameHint")}
        maxLength={120}
        autoComplete="off"
      />
      <ChoiceField
        label={t("tokens.life")}
        value={life}
        onChange={setLife}
        options={DAYS.map((value) => ({ value, label: t(`tokens.days.${value}`) }))}
        error={submit.errors.expires_at}
      />
      <ChoiceField
        label={t("trust:scopes.label")}
        value={scoped ? "some" : "all"}
        onChange={(v) => setScoped(v === "some")}
        options={[
          { value: "all", label: t("trust:scopes.all") },
          { value: "some", label: t("trust:scopes.some") },
        ]}
        error={submit.errors.permissions}
      />
      {scoped && <PermissionChecks all={me?.permissions ?? []} value={permissions} onChange={setPermissions} />}
    </FormDialog>
  );
}
