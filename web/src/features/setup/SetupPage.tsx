import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { ErrorState } from "@/ui";
import { AccountStep, type Account } from "./AccountStep";
import { Frame } from "./Frame";
import { InviteStep } from "./InviteStep";
import { LiveChatStep } from "./LiveChatStep";
import { WorkspaceStep } from "./WorkspaceStep";

const STEPS = ["account", "workspace", "chat", "invite"] as const;
type Step = (typeof STEPS)[number];
const MEMORY = "switchboard:setup";

/** A reload in the middle of the first run comes back to where it was. */
const remembered = (): Step | null => {
  const step = sessionStorage.getItem(MEMORY);
  return step === "chat" || step === "invite" ? step : null;
};

export function SetupPage() {
  const { t } = useTranslation("setup");
  const navigate = useNavigate();
  const [step, setStep] = useState<Step>(() => remembered() ?? "account");
  const [account, setAccount] = useState<Account>({ name: "", email: "", password: "" });
  const first = step === "account" || step === "workspace";
  const state = useQuery({ queryKey: ["setup"], queryFn: () => api.get<{ needed: boolean }>("/setup"), enabled: first, staleTime: 0 });

  useEffect(() => {
    document.title = `${t(`steps.${step}`)} · Switchboard`;
  }, [step, t]);

  useEffect(() => {
    if (first && state.data && !state.data.needed) void navigate({ to: "/sign-in", replace: true });
  }, [first, state.data, navigate]);

  const go = (next: Step) => {
    if (next === "chat" || next === "invite") sessionStorage.setItem(MEMORY, next);
    setStep(next);
  };
  const finish = () => {
    sessionStorage.removeItem(MEMORY);
    void navigate({ to: "/inbox", replace: true });
  };

  if (first && state.isError) {
    return (
      <Frame>
        <ErrorState title={t("unreachable")} error={state.error} onRetry={() => void state.refetch()} />
      </Frame>
    );
  }
  if (first && !state.data?.needed) {
    return (
      <Frame>
        <div className="h-[420px]" role="status" aria-label={t("loading")} />
      </Frame>
    );
  }

  return (
    <Frame wide={step === "chat"}>
      <Progress step={step} />
      {step === "account" && (
        <AccountStep
          value={account}
          onDone={(value) => {
            setAccount(value);
            go("workspace");
          }}
        />
      )}
      {step === "workspace" && <WorkspaceStep account={account} onBack={() => setStep("account")} onDone={() => go("chat")} />}
      {step === "chat" && <LiveChatStep onNext={() => go("invite")} onFinish={finish} />}
      {step === "invite" && <InviteStep onBack={() => go("chat")} onFinish={finish} />}
    </Frame>
  );
}

function Progress({ step }: { step: Step }) {
  const { t } = useTranslation("setup");
  const at = STEPS.indexOf(step);
  return (
    <div className="mb-3 flex items-center gap-3">
      <span className="flex gap-1.5" aria-hidden>
        {STEPS.map((s, i) => (
          <i key={s} className={`h-1.5 rounded-full ${i === at ? "w-5 bg-accent" : i < at ? "w-1.5 bg-accent" : "w-1.5 bg-line-control"}`} />
        ))}
      </span>
      <span className="text-xs text-ink-3">{t("progress", { at: at + 1, of: STEPS.length, name: t(`steps.${step}`) })}</span>
    </div>
  );
}
