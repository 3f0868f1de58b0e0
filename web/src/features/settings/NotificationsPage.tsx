import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Monitor, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useMe } from "@/api/client";
import type { KindWays, NotificationSettings, PushDevice, Quiet } from "@/api/types";
import { timeZones } from "@/features/setup/guess";
import { ago } from "@/lib/dates";
import { type PushState, pushEndpoint, pushState, turnOff, turnOn } from "@/lib/push";
import { Banner, Button, ErrorState, IconButton, toast } from "@/ui";
import { ChoiceField, SwitchField, TextField } from "@/ui/form";
import { Switch } from "@/ui/Switch";
import { deviceName } from "./devices";
import { Rows, RowsSkeleton, Section, SettingsPage } from "./Page";

const settingsKey = ["notifications", "settings"] as const;
const devicesKey = ["notifications", "devices"] as const;
const ways = ["in_app", "email", "push"] as const;

/** What one wants to be told of, how, and when not. */
export function NotificationsPage() {
  const { t } = useTranslation("settings");
  const settings = useQuery({ queryKey: settingsKey, queryFn: () => api.get<NotificationSettings>("/notifications/settings") });
  return (
    <SettingsPage title={t("notify.title")} lead={t("notify.lead")}>
      {settings.isError ? (
        <ErrorState title={t("notify.failed")} error={settings.error} onRetry={() => void settings.refetch()} />
      ) : settings.data ? (
        <>
          <Matrix settings={settings.data} />
          <Browser settings={settings.data} />
          <QuietHours settings={settings.data} />
        </>
      ) : (
        <RowsSkeleton count={5} />
      )}
    </SettingsPage>
  );
}

/** Shown as changed at once, and put back if the server refuses. */
function useSave() {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  return useMutation({
    mutationFn: (next: { kinds: KindWays[]; quiet: Quiet }) => api.put<NotificationSettings>("/notifications/settings", next),
    onMutate: (next) => {
      const before = client.getQueryData<NotificationSettings>(settingsKey);
      client.setQueryData<NotificationSettings>(settingsKey, (old) => old && { ...old, ...next });
      return before;
    },
    onError: (error, _next, before) => {
      client.setQueryData(settingsKey, before);
      toast.error((error instanceof ApiError && (error.fields[0]?.detail || error.detail)) || t("failed"));
    },
    onSuccess: (now) => client.setQueryData(settingsKey, now),
  });
}

function Matrix({ settings }: { settings: NotificationSettings }) {
  const { t } = useTranslation("settings");
  const save = useSave();
  const change = (kind: KindWays["kind"], way: (typeof ways)[number], on: boolean) =>
    save.mutate({ kinds: settings.kinds.map((k) => (k.kind === kind ? { ...k, [way]: on } : k)), quiet: settings.quiet });
  return (
    <Section
      title={t("notify.what")}
      lead={settings.email.set_up ? t("notify.emailTo", { address: settings.email.address }) : undefined}
      action={settings.email.set_up && <TestButton way="email" />}
    >
      {!settings.email.set_up && (
        <Banner tone="warn" className="mb-3">
          {settings.email.detail}
        </Banner>
      )}
      <div className="overflow-hidden rounded-lg border border-line bg-raised">
        <table className="w-full border-collapse text-sm">
          <thead>
            <tr className="border-b border-line text-xs text-ink-3">
              <th scope="col" className="px-4 py-2 text-start font-medium">
                {t("notify.when")}
              </th>
              {ways.map((way) => (
                <th key={way} scope="col" className="w-24 px-1 py-2 text-center font-medium max-md:w-16">
                  {t(`notify.ways.${way}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {settings.kinds.map((k) => (
              <tr key={k.kind} className="border-b border-line last:border-b-0">
                <th scope="row" className="px-4 py-3 text-start font-normal">
                  {t(`notify.kinds.${k.kind}`)}
                </th>
                {ways.map((way) => (
                  <td key={way} className="px-1 py-3 text-center align-middle">
                    <Switch
                      label={`${t(`notify.kinds.${k.kind}`)}: ${t(`notify.ways.${way}`)}`}
                      checked={k[way] && (way !== "email" || settings.email.set_up)}
                      disabled={way === "email" && !settings.email.set_up}
                      onChange={(on) => change(k.kind, way, on)}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-2 text-xs text-ink-3">{t("notify.together")}</p>
    </Section>
  );
}

function TestButton({ way }: { way: "email" | "push" }) {
  const { t } = useTranslation("settings");
  const test = useMutation({
    mutationFn: () => api.post<{ ok: boolean; detail: string }>("/notifications/test", { way }),
    onSuccess: ({ ok, detail }) => (ok ? toast.success(detail) : toast.error(detail, { duration: 12_000 })),
    onError: () => toast.error(t("failed")),
  });
  return (
    <Button loading={test.isPending} onClick={() => test.mutate()}>
      {t(`notify.test.${way}`)}
    </Button>
  );
}

function Browser({ settings }: { settings: NotificationSettings }) {
  const { t, i18n } = useTranslation("settings");
  const me = useMe();
  const client = useQueryClient();
  const state = useQuery({ queryKey: ["push-state"], queryFn: pushState, staleTime: 0 });
  const here = useQuery({ queryKey: ["push-endpoint"], queryFn: pushEndpoint, staleTime: 0 });
  const devices = useQuery({ queryKey: devicesKey, queryFn: () => api.get<{ data: PushDevice[] }>("/notifications/push-subscriptions") });
  const again = async () => {
    await client.invalidateQueries({ queryKey: ["push-endpoint"] });
    await client.invalidateQueries({ queryKey: devicesKey });
  };
  const turn = useMutation({
    mutationFn: (on: boolean): Promise<PushState> => (on ? turnOn(settings.push_key, me?.account.id ?? "") : turnOff()),
    onSuccess: async (now) => {
      client.setQueryData(["push-state"], now);
      await again();
    },
    onError: (e) => toast.error((e instanceof ApiError && e.detail) || t("notify.browser.failed"), { duration: 12_000 }),
  });
  const remove = useMutation({
    mutationFn: (device: PushDevice) => api.delete(`/notifications/push-subscriptions/${device.id}`),
    onSuccess: async () => {
      toast(t("notify.browser.removed"));
      await again();
    },
    onError: () => toast.error(t("failed")),
  });
  const known = devices.data?.data ?? [];
  const isKnown = known.some((d) => d.endpoint === here.data);
  const can = state.data === "on" || state.data === "off";
  // Removed from another device: this one has to be turned on again.
  const on = state.data === "on" && (isKnown || !devices.data || turn.isPending);
  return (
    <Section title={t("notify.browser.title")} lead={t("notify.browser.lead")} action={known.length > 0 && <TestButton way="push" />}>
      {can ? (
        <SwitchField label={t("notify.browser.here")} hint={t("notify.browser.hint")} checked={on} disabled={turn.isPending} onChange={(v) => turn.mutate(v)} />
      ) : (
        state.data && <p className="text-sm text-ink-2">{t(`notify.browser.${state.data}`)}</p>
      )}
      {known.length > 0 && (
        <div className="mt-4">
          <Rows label={t("notify.browser.all")}>
            {known.map((d) => (
              <li key={d.id} className="flex items-center gap-3 px-4 py-2.5">
                <Monitor className="size-4 shrink-0 text-ink-3" aria-hidden />
                <div className="min-w-0 flex-1">
                  <div className="truncate text-sm font-medium" title={d.device}>
                    {deviceName(d.device) || t("notify.browser.unknown")}
                    {d.endpoint === here.data && <span className="font-normal text-ink-3"> · {t("notify.browser.this")}</span>}
                  </div>
                  <div className="text-xs text-ink-3">
                    {d.last_push_at
                      ? t("notify.browser.last", { when: ago(d.last_push_at, i18n.language) })
                      : t("notify.browser.since", { when: ago(d.created_at, i18n.language) })}
                  </div>
                </div>
                <IconButton
                  label={t("removeNamed", { name: deviceName(d.device) || t("notify.browser.unknown") })}
                  disabled={remove.isPending || turn.isPending}
                  onClick={() => (d.endpoint === here.data ? turn.mutate(false) : remove.mutate(d))}
                >
                  <Trash2 aria-hidden />
                </IconButton>
              </li>
            ))}
          </Rows>
        </div>
      )}
    </Section>
  );
}

function QuietHours({ settings }: { settings: NotificationSettings }) {
  const { t } = useTranslation("settings");
  const save = useSave();
  const { quiet } = settings;
  const [from, setFrom] = useState(quiet.from);
  const [to, setTo] = useState(quiet.to);
  const zones = useMemo(() => timeZones(quiet.time_zone), [quiet.time_zone]);
  const put = (change: Partial<Quiet>) => save.mutate({ kinds: settings.kinds, quiet: { ...quiet, ...change } });
  const same = from === to;
  const settle = (change: Partial<Quiet>) => {
    const next = { ...quiet, from, to, ...change };
    if (next.from && next.to && next.from !== next.to && (next.from !== quiet.from || next.to !== quiet.to)) put(next);
  };
  return (
    <Section title={t("notify.quiet.title")}>
      <SwitchField label={t("notify.quiet.on")} hint={t("notify.quiet.hint")} checked={quiet.enabled} onChange={(enabled) => put({ enabled })} />
      {quiet.enabled && (
        <div className="mt-4 flex max-w-[560px] flex-wrap items-start gap-3">
          <TextField type="time" label={t("notify.quiet.from")} value={from} onChange={setFrom} onBlur={() => settle({})} className="w-32" required />
          <TextField
            type="time"
            label={t("notify.quiet.to")}
            value={to}
            onChange={setTo}
            onBlur={() => settle({})}
            className="w-32"
            required
            error={same ? t("notify.quiet.same") : undefined}
          />
          <ChoiceField label={t("notify.quiet.zone")} value={quiet.time_zone} onChange={(time_zone) => put({ time_zone })} options={zones} className="min-w-56 flex-1" />
        </div>
      )}
    </Section>
  );
}
