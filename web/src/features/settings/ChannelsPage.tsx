import { Link, useSearch } from "@tanstack/react-router";
import { Plug, Plus } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button, EmptyState, ErrorState, toast } from "@/ui";
import { ProviderDisc } from "./ProviderDisc";
import { SettingsPage } from "./Page";
import { health } from "./health";
import { useChannels, useDescriptors } from "./queries";
import { useSearchable } from "./searchable";

export function ChannelsPage() {
  const { t } = useTranslation("settings");
  const channels = useChannels();
  const types = useDescriptors();
  const search = useSearch({ strict: false }) as { connect_error?: string };
  useEffect(() => {
    if (search.connect_error) toast.error(t("connect.failedNamed", { why: search.connect_error }));
  }, [search.connect_error, t]);
  const { rows, search: field } = useSearchable(channels.data ?? [], (c) => `${c.name} ${types.data?.find((d) => d.id === c.provider)?.name ?? ""}`);
  const add = (
    <Button variant="primary" asChild>
      <Link to="/settings/channels/new">
        <Plus aria-hidden />
        {t("channels.add")}
      </Link>
    </Button>
  );
  return (
    <SettingsPage title={t("channels.title")} lead={t("channels.lead")} adminOnly action={channels.data?.length ? add : undefined}>
      {channels.isError ? (
        <ErrorState title={t("channels.failed")} error={channels.error} onRetry={() => void channels.refetch()} />
      ) : !channels.data ? (
        <div className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-3" role="status" aria-label={t("loading")}>
          {[1, 2, 3].map((n) => (
            <div key={n} className="skel h-24 rounded-lg" />
          ))}
        </div>
      ) : channels.data.length === 0 ? (
        <EmptyState icon={Plug} text={t("channels.empty")} action={add} />
      ) : (
        <>
          {field}
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,260px),1fr))] gap-3">
            {rows.map((c) => {
              const h = health(c);
              return (
                <li key={c.id} className="relative flex gap-3 rounded-lg border border-line bg-raised p-4 hover:bg-subtle">
                  <ProviderDisc descriptor={types.data?.find((d) => d.id === c.provider)} size={32} />
                  <div className="min-w-0 flex-1">
                    <Link
                      to="/settings/channels/$id"
                      params={{ id: c.id }}
                      className="block truncate text-sm font-medium after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus"
                    >
                      {c.name}
                    </Link>
                    <div className="truncate text-xs text-ink-3">
                      {types.data?.find((d) => d.id === c.provider)?.name}
                      {c.simulated && <span className="ms-1.5 text-info">{t("simulator.badge")}</span>}
                    </div>
                    <div className="mt-2 flex items-center gap-1.5 text-xs">
                      <i className={`size-2 shrink-0 rounded-full ${h.dot}`} aria-hidden />
                      <span className={h.tone}>{t(`health.${h.word}`)}</span>
                      {c.open_count > 0 && <span className="ms-auto text-ink-3 tabular-nums">{t("channels.open", { count: c.open_count })}</span>}
                    </div>
                    {c.sync_error && <p className="mt-1.5 line-clamp-3 text-xs text-ink-2 [overflow-wrap:anywhere]">{c.sync_error}</p>}
                  </div>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </SettingsPage>
  );
}
