import { useMutation } from "@tanstack/react-query";
import { CircleCheck, Plug } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Channel, Descriptor } from "@/api/types";
import { dateTime } from "@/lib/dates";
import { Button, toast } from "@/ui";
import { type Config, signsInWith } from "./config";

/** The provider's own sign-in instead of pasted keys. */
export function ConnectPanel({ channel, descriptor }: { channel: Channel; descriptor: Descriptor }) {
  const { t, i18n } = useTranslation("settings");
  const name = signsInWith(descriptor.fields, channel.configuration as Config, descriptor.name);
  const connect = useMutation({
    mutationFn: () => api.post<{ url: string }>(`/channels/${channel.id}/connect`, {}),
    onSuccess: ({ url }) => window.location.assign(url),
    onError: (e) => toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("failed")),
  });
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-line bg-raised p-4">
      <span className="flex min-w-0 flex-1 items-center gap-2 text-sm">
        {channel.connected ? <CircleCheck className="size-4 shrink-0 text-good" aria-hidden /> : <Plug className="size-4 shrink-0 text-ink-3" aria-hidden />}
        <span className="min-w-0">
          {t(channel.connected ? "connect.yes" : "connect.no", { name })}
          {channel.connected && channel.token_expires_at && (
            <span className="block text-xs text-ink-3">{t("connect.renewed", { when: dateTime(channel.token_expires_at, i18n.language) })}</span>
          )}
        </span>
      </span>
      <Button variant={channel.connected ? "outline" : "primary"} onClick={() => connect.mutate()} loading={connect.isPending} disabled={channel.simulated}>
        {t(channel.connected ? "connect.again" : "connect.now", { name })}
      </Button>
    </div>
  );
}
