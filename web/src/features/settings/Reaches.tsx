import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { Button } from "@/ui";
import type { Config, ConfigValue } from "./config";

interface Reach {
  id: string;
  name: string;
  webhook: string | null;
  settings: Record<string, ConfigValue>;
}

/** What the credentials in the form reach (numbers, pages, mailboxes), to choose from. */
export function Reaches({ provider, configuration, onPick }: { provider: string; configuration: () => Config; onPick: (settings: Record<string, ConfigValue>) => void }) {
  const { t } = useTranslation("settings");
  const list = useMutation({ mutationFn: () => api.post<{ data: Reach[] }>(`/channel-types/${provider}/reach`, { configuration: configuration() }) });
  return (
    <div className="flex flex-col items-start gap-2">
      <Button size="sm" onClick={() => list.mutate()} loading={list.isPending}>
        {t("add.reach")}
      </Button>
      <div aria-live="polite" className="w-full">
        {list.isError && <p className="text-xs text-bad">{(list.error instanceof ApiError && (list.error.fields[0]?.detail || list.error.detail)) || t("failed")}</p>}
        {list.data?.data.length === 0 && <p className="text-xs text-ink-3">{t("add.reachNone")}</p>}
        {list.data && list.data.data.length > 0 && (
          <ul aria-label={t("add.reachTitle")} className="divide-y divide-line rounded-md border border-line">
            {list.data.data.map((r) => (
              <li key={r.id}>
                <button type="button" className="flex w-full flex-wrap items-baseline gap-x-3 px-3 py-2 text-start text-sm hover:bg-hover" onClick={() => onPick(r.settings)}>
                  <span className="min-w-0 flex-1 truncate font-medium">{r.name}</span>
                  <span className="text-xs tabular-nums text-ink-3">{r.id}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
