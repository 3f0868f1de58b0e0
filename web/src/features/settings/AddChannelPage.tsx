import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, Descriptor } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { MockSite } from "@/features/setup/MockSite";
import { useSubmit } from "@/lib/submit";
import { useUnsaved } from "@/lib/unsaved";
import { Button, ErrorState } from "@/ui";
import { CopyField } from "@/ui/CopyField";
import { TextField } from "@/ui/form";
import { CheckConnection } from "./CheckConnection";
import { ConfigFields } from "./ConfigFields";
import { askable, type Config, faults, holds, initial, outgoing, previewOf } from "./config";
import { ConnectPanel } from "./ConnectPanel";
import { InstallButton } from "./InstallButton";
import { PasteRows } from "./PasteRows";
import { SettingsPage } from "./Page";
import { ProviderDisc } from "./ProviderDisc";
import { useDescriptors } from "./queries";
import { Reaches } from "./Reaches";
import { TestMessage } from "./TestMessage";

export function AddChannelPage() {
  const { t } = useTranslation("settings");
  const { type } = useSearch({ strict: false }) as { type?: string };
  const types = useDescriptors();
  const chosen = types.data?.find((d) => d.id === type);
  const back = chosen ? { to: "/settings/channels/new", label: t("add.all") } : { to: "/settings/channels", label: t("channels.title") };
  return (
    <SettingsPage title={chosen ? t("add.titleNamed", { name: chosen.name }) : t("add.title")} lead={chosen?.summary ?? t("add.lead")} back={back} adminOnly>
      {types.isError ? (
        <ErrorState title={t("add.failed")} error={types.error} onRetry={() => void types.refetch()} />
      ) : !types.data ? (
        <div className="grid grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-3" role="status" aria-label={t("loading")}>
          {[1, 2, 3, 4, 5, 6].map((n) => (
            <div key={n} className="skel h-20 rounded-lg" />
          ))}
        </div>
      ) : chosen ? (
        <Wizard key={chosen.id} descriptor={chosen} />
      ) : (
        <Kinds types={types.data} />
      )}
    </SettingsPage>
  );
}

const GROUPS = ["messaging", "email", "social", "website", "voice", "developer"] as const;

/** All kinds by group, with a field to find one. */
function Kinds({ types }: { types: Descriptor[] }) {
  const { t } = useTranslation("settings");
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const found = types.filter((d) => !wanted || `${d.name} ${d.summary}`.toLowerCase().includes(wanted));
  return (
    <>
      <TextField label={t("add.search")} hideLabel placeholder={t("add.search")} type="search" value={text} onChange={setText} className="mb-5 max-w-80" autoComplete="off" />
      {found.length === 0 && <p className="text-sm text-ink-3">{t("add.noMatch")}</p>}
      {GROUPS.map((group) => {
        const kinds = found.filter((d) => word(d.group) === group);
        return (
          kinds.length > 0 && (
            <section key={group} className="mb-6">
              <h2 className="mb-2 text-sm font-semibold text-ink-2">{t(`add.group.${group}`)}</h2>
              <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,240px),1fr))] gap-3">
                {kinds.map((d) => (
                  <li key={d.id} className="relative flex gap-3 rounded-lg border border-line bg-raised p-4 hover:bg-subtle">
                    <ProviderDisc descriptor={d} />
                    <div className="min-w-0">
                      <Link
                        to="/settings/channels/new"
                        search={{ type: d.id }}
                        className="block text-sm font-medium after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus"
                      >
                        {d.name}
                      </Link>
                      <p className="mt-0.5 text-xs text-ink-3">{d.summary}</p>
                    </div>
                  </li>
                ))}
              </ul>
            </section>
          )
        );
      })}
    </>
  );
}

/** The description spells groups as "Messaging"; on the wire they are "messaging". */
const word = (group: string) => group.toLowerCase();

type Step = "needs" | "connect" | "paste" | "check" | "test";

function Wizard({ descriptor }: { descriptor: Descriptor }) {
  const { t } = useTranslation("settings");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const widget = descriptor.capabilities.widget;
  const [name, setName] = useState(descriptor.name);
  const [value, setValue] = useState<Config>(() => initial(descriptor.fields));
  const [channel, setChannel] = useState<Channel | null>(null);
  const submit = useSubmit();
  const { errors, problem } = submit;
  const [first] = useState(() => JSON.stringify(value));
  const saved = useUnsaved(!channel && (name !== descriptor.name || JSON.stringify(value) !== first));
  const pastes = descriptor.paste.length > 0 && holds(descriptor.paste_when, descriptor.fields, value);
  const button = !!descriptor.oauth && holds(descriptor.oauth_when, descriptor.fields, value);
  const steps: Step[] = [
    ...(descriptor.needs.length ? (["needs"] as const) : []),
    "connect",
    ...(pastes || widget || button ? (["paste"] as const) : []),
    ...(widget ? [] : (["check"] as const)),
    ...(descriptor.capabilities.simulator ? (["test"] as const) : []),
  ];
  const [step, setStep] = useState<Step>(steps[0] ?? "connect");
  const at = steps.indexOf(step);
  const next = steps[at + 1];

  const fills = descriptor.oauth?.fills ?? [];
  const fields = askable(descriptor.fields).filter((f) => !fills.includes(f.name));
  const create = async (simulated = false) => {
    const made = await api.post<Channel>("/channels", {
      provider: descriptor.id,
      name: name.trim() || descriptor.name,
      configuration: simulated ? {} : outgoing(fields, value),
      simulated,
    });
    saved();
    setChannel(made);
    queries.setQueryData(["channel", made.id], made);
    await queries.invalidateQueries({ queryKey: ["channels"] });
    if (simulated) return void navigate({ to: "/settings/channels/$id", params: { id: made.id } });
    setStep(next ?? "connect");
    if (!next) void navigate({ to: "/settings/channels/$id", params: { id: made.id } });
  };

  return (
    <div className="grid grid-cols-[180px_minmax(0,1fr)] gap-10 max-lg:grid-cols-1 max-lg:gap-5">
      <ol className="flex flex-col gap-1 max-lg:flex-row max-lg:flex-wrap max-lg:gap-x-4" aria-label={t("add.steps")}>
        {steps.map((s, i) => (
          <li key={s} aria-current={s === step ? "step" : undefined} className={`flex h-7 items-center gap-2 text-sm ${s === step ? "font-medium text-ink" : "text-ink-3"}`}>
            <span
              className={`grid size-5 place-items-center rounded-full text-2xs font-semibold ${i < at ? "bg-good text-sheet" : i === at ? "bg-accent text-accent-fg" : "bg-press text-ink-2"}`}
            >
              {i < at ? <Check className="size-3" aria-hidden /> : i + 1}
            </span>
            <span className={s === step ? "" : "max-md:sr-only"}>{t(`add.step.${s}`)}</span>
          </li>
        ))}
      </ol>
      <div className="min-w-0 max-w-[720px]">
        {step === "needs" && (
          <Part title={t("add.needs")}>
            <ul className="flex list-disc flex-col gap-2 ps-5 text-base text-ink-2">
              {descriptor.needs.map((need) => (
                <li key={need}>{need}</li>
              ))}
            </ul>
            {descriptor.notes.length > 0 && (
              <>
                <h3 className="mt-6 mb-2 text-sm font-semibold">{t("add.limits")}</h3>
                <ul className="flex list-disc flex-col gap-1.5 ps-5 text-sm text-ink-2">
                  {descriptor.notes.map((note) => (
                    <li key={note}>{note}</li>
                  ))}
                </ul>
              </>
            )}
            <Forward>
              <Button variant="primary" size="lg" onClick={() => setStep("connect")}>
                {t("add.haveIt")}
              </Button>
              {descriptor.capabilities.simulator && !widget && (
                <Button size="lg" loading={submit.busy} title={t("add.simulateHint")} onClick={() => void submit.run(() => create(true))}>
                  {t("add.simulate")}
                </Button>
              )}
            </Forward>
            {problem && (
              <div className="mt-4">
                <Problem>{problem.detail || t("failed")}</Problem>
              </div>
            )}
          </Part>
        )}
        {step === "connect" && (
          <Part title={t("add.connect")}>
            <div className={widget ? "grid grid-cols-2 gap-6 max-xl:grid-cols-1" : ""}>
              <form
                ref={submit.form}
                noValidate
                className="flex max-w-[440px] min-w-0 flex-col gap-4"
                onSubmit={(e) => {
                  e.preventDefault();
                  void submit.run(() => create(), {
                    name: !name.trim() && t("channel.nameMissing"),
                    ...faults(fields, value, (kind, label) => t(`fault.${kind}`, { label })),
                  });
                }}
              >
                {problem && <Problem>{problem.status ? problem.detail || t("failed") : t("network")}</Problem>}
                <TextField
                  label={t("channel.name")}
                  hint={t("channel.nameHint")}
                  value={name}
                  onChange={(v) => {
                    setName(v);
                    submit.clear("name");
                  }}
                  error={errors.name}
                  maxLength={120}
                  autoComplete="off"
                />
                <ConfigFields
                  fields={fields}
                  value={value}
                  errors={errors}
                  onChange={(field, v) => {
                    setValue((now) => ({ ...now, [field]: v }));
                    submit.clear(`configuration.${field}`);
                  }}
                />
                {descriptor.installs && (
                  <Reaches
                    descriptor={descriptor}
                    configuration={() => outgoing(fields, value)}
                    chosen={value[descriptor.identifier_field]}
                    onPick={(settings) => setValue((now) => ({ ...now, ...settings }))}
                  />
                )}
                <Forward>
                  {descriptor.needs.length > 0 && (
                    <Button variant="ghost" size="lg" onClick={() => setStep("needs")}>
                      {t("back")}
                    </Button>
                  )}
                  <Button type="submit" variant="primary" size="lg" loading={submit.busy}>
                    {t("add.connectNow")}
                  </Button>
                </Forward>
              </form>
              {widget && <MockSite config={previewOf(descriptor.fields, value, name)} className="h-[560px]" />}
            </div>
          </Part>
        )}
        {step === "paste" && channel && (
          <Part title={t(widget ? "add.embed" : channel.paste.length ? "add.paste" : "connect.title")}>
            {button && (
              <div className="mb-6">
                <ConnectPanel channel={channel} descriptor={descriptor} />
              </div>
            )}
            {channel.embed ? <CopyField label={t("channel.embed")} value={channel.embed} hint={t("channel.embedHint")} multiline /> : <PasteRows rows={channel.paste} />}
            {descriptor.installs && <InstallButton id={channel.id} />}
            <Next step={next} onNext={setStep} id={channel.id} />
          </Part>
        )}
        {step === "check" && channel && (
          <Part title={t("add.check")}>
            <CheckConnection id={channel.id} auto />
            <Next step={next} onNext={setStep} id={channel.id} />
          </Part>
        )}
        {step === "test" && channel && (
          <Part title={t("add.test")}>
            <p className="mb-4 text-sm text-ink-2">{t("add.testText")}</p>
            <TestMessage channel={channel} descriptor={descriptor} />
            <Next step={next} onNext={setStep} id={channel.id} />
          </Part>
        )}
      </div>
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h2 className="mb-4 text-md font-semibold">{title}</h2>
      {children}
    </section>
  );
}

const Forward = ({ children }: { children: React.ReactNode }) => <div className="mt-6 flex gap-2">{children}</div>;

function Next({ step, onNext, id }: { step?: Step; onNext: (s: Step) => void; id: string }) {
  const { t } = useTranslation("settings");
  return (
    <Forward>
      {step ? (
        <Button variant="primary" size="lg" onClick={() => onNext(step)}>
          {t("next")}
        </Button>
      ) : (
        <Button variant="primary" size="lg" asChild>
          <Link to="/settings/channels/$id" params={{ id }}>
            {t("done")}
          </Link>
        </Button>
      )}
    </Forward>
  );
}
