import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { RecoveryCodes, SecondStepOffer, SecondStepState } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog, ErrorState, toast } from "@/ui";
import { CopyField } from "@/ui/CopyField";
import { PasswordField, TextField } from "@/ui/form";
import { RowsSkeleton, Section } from "../Page";

type Doing = "on" | "off" | "codes";

export function SecondStep() {
  const { t } = useTranslation("trust");
  const state = useQuery({ queryKey: ["me", "second-step"], queryFn: () => api.get<SecondStepState>("/me/second-step") });
  const [doing, setDoing] = useState<Doing | null>(null);
  return (
    <Section title={t("second.title")} lead={t("second.lead")}>
      {state.isError ? (
        <ErrorState title={t("second.failed")} error={state.error} onRetry={() => void state.refetch()} />
      ) : !state.data ? (
        <RowsSkeleton count={1} />
      ) : (
        <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-raised px-4 py-3">
          {state.data.enabled ? <ShieldCheck className="size-5 text-good" aria-hidden /> : <ShieldOff className="size-5 text-ink-3" aria-hidden />}
          <div className="min-w-0 flex-1 basis-48">
            <div className="text-sm font-medium">{t(state.data.enabled ? "second.on" : "second.off")}</div>
            {state.data.enabled && (
              <div className={`text-xs ${state.data.recovery_codes_left < 3 ? "text-warn" : "text-ink-3"}`}>{t("second.left", { count: state.data.recovery_codes_left })}</div>
            )}
          </div>
          {state.data.enabled ? (
            <span className="flex flex-wrap gap-2">
              <Button onClick={() => setDoing("codes")}>{t("second.newCodes")}</Button>
              <Button onClick={() => setDoing("off")}>{t("second.switchOff")}</Button>
            </span>
          ) : (
            <Button variant="primary" onClick={() => setDoing("on")}>
              {t("second.setUp")}
            </Button>
          )}
        </div>
      )}
      {doing && <Steps doing={doing} onClose={() => setDoing(null)} />}
    </Section>
  );
}

/** Password first; then the app, or the new codes. */
function Steps({ doing, onClose }: { doing: Doing; onClose: () => void }) {
  const { t } = useTranslation("trust");
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [offer, setOffer] = useState<SecondStepOffer | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const submit = useSubmit();
  const refresh = () => client.invalidateQueries({ queryKey: ["me", "second-step"] });
  const begin = async () => {
    if (doing === "on") setOffer(await api.post<SecondStepOffer>("/me/second-step", { password }));
    else if (doing === "codes") setCodes((await api.post<RecoveryCodes>("/me/second-step/recovery-codes", { password })).recovery_codes);
    else {
      await api.delete("/me/second-step", { password });
      toast(t("second.isOff"));
      onClose();
    }
    await refresh();
  };
  const confirm = async () => {
    setCodes((await api.post<RecoveryCodes>("/me/second-step/confirm", { code: code.trim() })).recovery_codes);
    await refresh();
  };
  const title = codes ? t("second.codesTitle") : t(`second.do.${doing}`);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title}>
      {codes ? (
        <Codes codes={codes} onClose={onClose} />
      ) : (
        <form
          ref={submit.form}
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            if (offer) void submit.run(confirm, { code: !code.trim() && t("second.codeMissing") });
            else void submit.run(begin, { password: !password && t("second.passwordMissing") });
          }}
        >
          {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
          {offer ? (
            <>
              <p className="text-sm text-ink-2">{t("second.scan")}</p>
              {/* Always dark on white: that is what cameras read. */}
              <svg
                viewBox={`-3 -3 ${offer.qr.size + 6} ${offer.qr.size + 6}`}
                role="img"
                aria-label={t("second.picture")}
                shapeRendering="crispEdges"
                className="mx-auto size-48 rounded-md bg-white"
              >
                <path d={offer.qr.path} fill="black" />
              </svg>
              <CopyField label={t("second.secret")} value={offer.secret} />
              <TextField
                label={t("second.code")}
                autoComplete="one-time-code"
                inputMode="numeric"
                autoFocus
                value={code}
                onChange={(v) => {
                  setCode(v);
                  submit.clear("code");
                }}
                error={submit.errors.code}
              />
            </>
          ) : (
            <PasswordField
              label={t("second.password")}
              autoComplete="current-password"
              autoFocus
              value={password}
              onChange={(v) => {
                setPassword(v);
                submit.clear("password");
              }}
              error={submit.errors.password}
              hint={t("second.passwordHint")}
            />
          )}
          <div className="flex justify-end gap-2">
            <Button variant="ghost" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" variant={doing === "off" ? "danger" : "primary"} loading={submit.busy}>
              {t(offer ? "second.confirm" : doing === "off" ? "second.switchOff" : "next")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Codes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const { t } = useTranslation("trust");
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm text-ink-2">{t("second.codesText")}</p>
      <ul className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-md border border-line bg-subtle p-4 font-mono text-base">
        {codes.map((c) => (
          <li key={c}>{c}</li>
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2">
        <Button asChild>
          <a download="switchboard-recovery-codes.txt" href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join("\n")}\n`)}`}>
            <Download aria-hidden />
            {t("second.download")}
          </a>
        </Button>
        <Button variant="primary" onClick={onClose}>
          {t("second.kept")}
        </Button>
      </div>
    </div>
  );
}
