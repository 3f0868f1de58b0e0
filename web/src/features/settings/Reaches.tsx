import { useMutation } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Descriptor } from "@/api/types";
import { Button } from "@/ui";
import type { Config, ConfigValue } from "./config";

interface Reach {
  id: string;
  name: string;
  webhook: string | null;
  settings: Record<string, ConfigValue>;
}

interface Props {
  descriptor: Pick<Descriptor, "id" | "identifier_field">;
  /** A channel that exists: what is not in the form is taken from it. */
  channelId?: string;
  configuration: () => Config;
  chosen: ConfigValue | undefined;
  /** Our own addresses, by which is known what comes here already. */
  ours?: readonly string[];
  onPick: (settings: Record<string, ConfigValue>) => void;
}

/** What the credentials in the form reach (numbers, pages, mailboxes), to choose from. */
export function Reaches({ descriptor, channelId, configuration, chosen, ours = [], onPick }: Props) {
  const { t } = useTranslation("settings");
  const list = useMutation({
    mutationFn: () => api.post<{ data: Reach[] }>(`/channel-types/${descriptor.id}/reach`, { configuration: configuration(), channel_id: channelId }),
  });
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
                <button
                  type="button"
                  aria-pressed={chosen === r.id}
                  className="flex w-full items-start gap-2 px-3 py-2 text-start text-sm hover:bg-hover"
                  onClick={() => onPick({ [descriptor.identifier_field]: r.id, ...r.settings })}
                >
                  <Check className={`mt-0.5 size-4 shrink-0 text-accent ${chosen === r.id ? "" : "invisible"}`} aria-hidden />
                  <span className="min-w-0 flex-1">
                    <span className="flex flex-wrap items-baseline gap-x-3">
                      <span className="min-w-0 flex-1 truncate font-medium">{r.name}</span>
                      {!r.name.includes(r.id) && <span className="text-xs tabular-nums text-ink-3">{r.id}</span>}
                    </span>
                    {r.webhook && (
                      <span className="mt-0.5 block text-xs text-ink-3 [overflow-wrap:anywhere]">
                        {ours.includes(r.webhook) ? t("add.reachHere") : t("add.reachElsewhere", { url: r.webhook })}
                      </span>
                    )}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
