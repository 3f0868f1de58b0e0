import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Device, Page } from "@/api/types";
import { date } from "@/lib/dates";
import { Button, ErrorState, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Rows, RowsSkeleton, Section } from "../Page";
import { deviceName, isPhone } from "./device-name";

/** Where one is signed in. */
export function Devices() {
  const { t, i18n } = useTranslation("trust");
  const client = useQueryClient();
  const [leaving, setLeaving] = useState(false);
  const list = useQuery({ queryKey: ["me", "sessions"], queryFn: () => api.get<Page<Device>>("/me/sessions") });
  const refresh = () => client.invalidateQueries({ queryKey: ["me", "sessions"] });
  const end = async (id: string) => {
    try {
      await api.delete(`/me/sessions/${id}`);
      toast(t("devices.ended"));
    } catch (e) {
      toast.error((e instanceof ApiError && e.detail) || t("failed"));
    }
    await refresh();
  };
  const others = list.data?.data.some((d) => !d.current);
  return (
    <Section
      title={t("devices.title")}
      lead={t("devices.lead")}
      action={
        others && (
          <Button variant="ghost" onClick={() => setLeaving(true)}>
            {t("devices.endOthers")}
          </Button>
        )
      }
    >
      {list.isError ? (
        <ErrorState title={t("devices.failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton />
      ) : (
        <Rows>
          {list.data.data.map((d) => {
            const Icon = isPhone(d.user_agent) ? Smartphone : Monitor;
            return (
              <li key={d.id} className="flex items-center gap-3 px-4 py-3">
                <Icon className="size-5 shrink-0 text-ink-3" aria-hidden />
                <div className="min-w-0 flex-1">
                  <div className="truncate text-sm font-medium" title={d.user_agent}>
                    {deviceName(d.user_agent) ?? t("devices.unknown")}
                    {d.current && <span className="ms-2 text-xs font-normal text-good">{t("devices.current")}</span>}
                  </div>
                  <div className="truncate text-xs text-ink-3">
                    {[d.address, t("devices.seen", { date: date(d.last_seen_at, i18n.language) }), t("devices.since", { date: date(d.created_at, i18n.language) })]
                      .filter(Boolean)
                      .join(" · ")}
                  </div>
                </div>
                {!d.current && (
                  <Button variant="ghost" aria-label={t("devices.endNamed", { name: deviceName(d.user_agent) ?? t("devices.unknown") })} onClick={() => void end(d.id)}>
                    {t("devices.end")}
                  </Button>
                )}
              </li>
            );
          })}
        </Rows>
      )}
      <ConfirmDialog
        open={leaving}
        onOpenChange={setLeaving}
        title={t("devices.endOthersTitle")}
        text={t("devices.endOthersText")}
        confirm={t("devices.endOthers")}
        onConfirm={async () => {
          await api.delete("/me/sessions");
          await refresh();
        }}
      />
    </Section>
  );
}
