import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useEvents } from "@/api/client";
import type { Channel, Descriptor } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { MockSite } from "@/features/setup/MockSite";
import { ago } from "@/lib/dates";
import { useSubmit } from "@/lib/submit";
import { useUnsaved } from "@/lib/unsaved";
import { Button, ErrorState, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyField } from "@/ui/CopyField";
import { TextField } from "@/ui/form";
import { CheckConnection } from "./CheckConnection";
import { ConfigFields } from "./ConfigFields";
import { ConnectPanel } from "./ConnectPanel";
import { DeliveriesPanel } from "./DeliveriesPanel";
import { ImportCalls } from "./ImportCalls";
import { InstallButton } from "./InstallButton";
import { Reaches } from "./Reaches";
import { SimulatorPanel } from "./SimulatorPanel";
import { TemplatesPanel } from "./TemplatesPanel";
import { TestChannel } from "./TestChannel";
import { type Config, faults, outgoing, previewOf } from "./config";
import { health } from "./health";
import { PasteRows } from "./PasteRows";
import { RowsSkeleton, Section, SettingsPage } from "./Page";
import { useChannel, useDescriptors } from "./queries";
import { TestMessage } from "./TestMessage";

export function ChannelPage({ id }: { id: string }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const channel = useChannel(id);
  const types = useDescriptors();
  const descriptor = types.data?.find((d) => d.id === channel.data?.provider);

  const search = useSearch({ strict: false }) as { connected?: unknown };
  useEffect(() => {
    if (!search.connected) return;
    toast(t("connect.done"));
    void navigate({ to: "/settings/channels/$id", params: { id }, search: {}, replace: true });
  }, [search.connected, navigate, id, t]);
  useEvents((frame) => {
    if (frame.type === "event" && frame.kind === "channel.updated") void queries.invalidateQueries({ queryKey: ["channel", id] });
  });

  return (
    <SettingsPage title={channel.data?.name ?? t("channel.title")} lead={descriptor?.name} back={{ to: "/settings/channels", label: t("channels.title") }} adminOnly>
      {channel.isError ? (
        <ErrorState title={t("channel.failed")} error={channel.error} onRetry={() => void channel.refetch()} />
      ) : types.isError ? (
        <ErrorState title={t("channel.failed")} error={types.error} onRetry={() => void types.refetch()} />
      ) : channel.data && types.data ? (
        <Body channel={channel.data} descriptor={descriptor} />
      ) : (
        <RowsSkeleton />
      )}
    </SettingsPage>
  );
}

function Body({ channel, descriptor }: { channel: Channel; descriptor?: Descriptor }) {
  const { t } = useTranslation("settings");
  return (
    <>
      <Status channel={channel} checkable={!descriptor?.capabilities.widget} />
      {channel.simulated && descriptor && (
        <Section title={t("simulator.title")} lead={t("simulator.lead")}>
          <SimulatorPanel channel={channel} descriptor={descriptor} />
        </Section>
      )}
      {descriptor?.oauth && channel.connected !== null && !channel.read_only && (
        <Section title={t("connect.title")}>
          <ConnectPanel channel={channel} descriptor={descriptor} />
        </Section>
      )}
      {channel.embed && (
        <Section title={t("channel.embedTitle")} lead={t("channel.embedText")}>
          <CopyField label={t("channel.embed")} hideLabel value={channel.embed} multiline />
        </Section>
      )}
      {descriptor && !channel.read_only && <Configuration key={channel.id} channel={channel} descriptor={descriptor} />}
      {!channel.embed && channel.paste.length > 0 && (
        <Section title={t("add.paste")}>
          <PasteRows rows={channel.paste} />
          {descriptor?.installs && !channel.simulated && <InstallButton id={channel.id} />}
        </Section>
      )}
      {descriptor?.capabilities.templates && (
        <Section title={t("templates.title")} lead={t("templates.lead")}>
          <TemplatesPanel id={channel.id} />
        </Section>
      )}
      {descriptor?.capabilities.calls && (
        <Section title={t("calls.title")} lead={t("calls.lead")}>
          <ImportCalls id={channel.id} />
        </Section>
      )}
      {!descriptor?.capabilities.widget && channel.status !== "inactive" && (
        <Section title={t("trial.title")} lead={t("trial.lead")}>
          <TestChannel id={channel.id} />
        </Section>
      )}
      <Section title={t("deliveries.title")} lead={t("deliveries.lead")}>
        <DeliveriesPanel id={channel.id} />
      </Section>
      {descriptor?.capabilities.simulator && !channel.simulated && channel.status !== "inactive" && (
        <Section title={t("add.test")} lead={t("add.testText")}>
          <TestMessage channel={channel} descriptor={descriptor} />
        </Section>
      )}
      {!channel.read_only && <Remove channel={channel} />}
    </>
  );
}

function Status({ channel, checkable }: { channel: Channel; checkable: boolean }) {
  const { t, i18n } = useTranslation("settings");
  const queries = useQueryClient();
  const h = health(channel);
  const paused = channel.status === "inactive";
  const change = useMutation({
    mutationFn: () => api.patch<Channel>(`/channels/${channel.id}`, { status: paused ? "active" : "inactive" }),
    onSuccess: (now) => {
      queries.setQueryData(["channel", channel.id], now);
      void queries.invalidateQueries({ queryKey: ["channels"] });
    },
    onError: (e) => toast.error((e instanceof ApiError && e.detail) || t("failed")),
  });
  return (
    <Section title={t("channel.status")}>
      <div className="rounded-lg border border-line bg-raised p-4">
        <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
          <span className="flex items-center gap-2 text-sm font-medium">
            <i className={`size-2 rounded-full ${h.dot}`} aria-hidden />
            {t(`health.${h.word}`)}
          </span>
          <span className="flex min-w-0 flex-1 flex-wrap gap-x-4 gap-y-1 text-xs text-ink-3">
            {channel.simulated && <span className="font-medium text-info">{t("simulator.badge")}</span>}
            {channel.last_inbound_at && <span>{t("channel.lastIn", { when: ago(channel.last_inbound_at, i18n.language) })}</span>}
            {channel.last_outbound_at && <span>{t("channel.lastOut", { when: ago(channel.last_outbound_at, i18n.language) })}</span>}
            {!channel.last_inbound_at && !channel.last_outbound_at && <span>{t("channel.neverSynced")}</span>}
            {channel.checked_at && <span>{t("channel.checked", { when: ago(channel.checked_at, i18n.language) })}</span>}
          </span>
          {!channel.read_only && (
            <Button onClick={() => change.mutate()} loading={change.isPending}>
              {t(paused ? "channel.activate" : "channel.pause")}
            </Button>
          )}
        </div>
        {channel.sync_error && (
          <p className="mt-3 flex items-start gap-2.5 rounded-md bg-bad-soft px-3 py-2.5 text-sm">
            <CircleAlert className="mt-px size-4 shrink-0 text-bad" aria-hidden />
            <span className="min-w-0 [overflow-wrap:anywhere]">{channel.sync_error}</span>
          </p>
        )}
        {channel.read_only && <p className="mt-3 text-sm text-ink-2">{t("channel.environment")}</p>}
        {channel.sending_forbidden && <p className="mt-3 text-sm text-ink-2">{t("channel.readOnly")}</p>}
        {!channel.sync_error && channel.health_detail && <p className="mt-3 text-sm text-ink-2 [overflow-wrap:anywhere]">{channel.health_detail}</p>}
        {checkable && !paused && (
          <div className="mt-3">
            <CheckConnection id={channel.id} />
          </div>
        )}
      </div>
    </Section>
  );
}

function Configuration({ channel, descriptor }: { channel: Channel; descriptor: Descriptor }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const stored = channel.configuration as Config;
  const [name, setName] = useState(channel.name);
  const [value, setValue] = useState<Config>(stored);
  const [round, setRound] = useState(0);
  const submit = useSubmit();
  const { errors, problem } = submit;
  const widget = descriptor.capabilities.widget;
  const changes = outgoing(descriptor.fields, value, stored);
  const dirty = Object.keys(changes).length > 0 || name.trim() !== channel.name;
  useUnsaved(dirty);

  const save = async () => {
    const now = await api.patch<Channel>(`/channels/${channel.id}`, { name: name.trim(), configuration: changes });
    queries.setQueryData(["channel", channel.id], now);
    void queries.invalidateQueries({ queryKey: ["channels"] });
    setValue(now.configuration as Config);
    setRound((n) => n + 1);
    toast(t("saved"));
  };

  return (
    <Section title={t("channel.settings")}>
      <div className={widget ? "grid grid-cols-[minmax(0,1fr)_minmax(0,420px)] gap-8 max-xl:grid-cols-1" : ""}>
        <form
          ref={submit.form}
          noValidate
          className="flex max-w-[480px] min-w-0 flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            void submit.run(save, {
              name: !name.trim() && t("channel.nameMissing"),
              ...faults(descriptor.fields, value, (kind, label) => t(`fault.${kind}`, { label })),
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
            key={round}
            fields={descriptor.fields}
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
              channelId={channel.id}
              configuration={() => changes}
              chosen={value[descriptor.identifier_field]}
              ours={channel.paste.map((p) => p.value)}
              onPick={(settings) => setValue((now) => ({ ...now, ...settings }))}
            />
          )}
          <div className="mt-2 flex gap-2">
            <Button type="submit" variant="primary" loading={submit.busy} disabled={!dirty}>
              {t("save")}
            </Button>
            {dirty && (
              <Button
                variant="ghost"
                onClick={() => {
                  setName(channel.name);
                  setValue(stored);
                  setRound((n) => n + 1);
                }}
              >
                {t("discard")}
              </Button>
            )}
          </div>
        </form>
        {widget && (
          <div>
            <h3 className="mb-1.5 text-sm font-medium">{t("channel.preview")}</h3>
            <MockSite config={previewOf(descriptor.fields, value, name)} className="h-[600px]" />
          </div>
        )}
      </div>
    </Section>
  );
}

function Remove({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  return (
    <Section title={t("channel.removeTitle")} lead={t("channel.removeLead")}>
      <Button onClick={() => setAsking(true)}>{t("channel.remove")}</Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("channel.removeAsk", { name: channel.name })}
        text={t("channel.removeText")}
        confirm={t("channel.remove")}
        danger
        onConfirm={async () => {
          await api.delete(`/channels/${channel.id}`);
          await queries.invalidateQueries({ queryKey: ["channels"] });
          toast(t("channel.removed", { name: channel.name }));
          void navigate({ to: "/settings/channels" });
        }}
      />
    </Section>
  );
}
