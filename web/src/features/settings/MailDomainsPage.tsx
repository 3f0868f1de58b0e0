import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileSignature } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useEvents, useMe } from "@/api/client";
import type { MailDomain, Page } from "@/api/types";
import { dateTime } from "@/lib/dates";
import { may } from "@/lib/may";
import { usePostOnce } from "@/lib/once";
import { Badge, Button, EmptyState, ErrorState, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyField } from "@/ui/CopyField";
import { Rows, RowsSkeleton, SettingsPage } from "./Page";

const KEY = ["mail-domains"];

/** Domains that mail leaves from directly: make a key, publish it, see that it is there. */
export function MailDomainsPage() {
  const { t } = useTranslation("mail");
  const queries = useQueryClient();
  const list = useQuery({ queryKey: KEY, queryFn: () => api.get<Page<MailDomain>>("/mail-domains") });
  useEvents((frame) => frame.type === "event" && frame.kind === "mail_domains.updated" && void queries.invalidateQueries({ queryKey: KEY }));
  return (
    <SettingsPage title={t("domains.title")} lead={t("domains.lead")} needs="channels.read">
      {list.isError ? (
        <ErrorState title={t("domains.loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton />
      ) : list.data.data.length === 0 ? (
        <EmptyState icon={FileSignature} text={t("domains.empty")} />
      ) : (
        <Rows label={t("domains.title")}>
          {list.data.data.map((domain) => (
            <Domain key={domain.domain} domain={domain} />
          ))}
        </Rows>
      )}
    </SettingsPage>
  );
}

const TONES = { off: "neutral", waiting: "warn", on: "good" } as const;

function Domain({ domain: d }: { domain: MailDomain }) {
  const { t, i18n } = useTranslation("mail");
  const queries = useQueryClient();
  const me = useMe();
  const post = usePostOnce();
  const [removing, setRemoving] = useState(false);
  const manages = !!me && may(me, "channels.manage");
  const failed = (e: unknown) => void toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("domains.failed"));
  const again = () => queries.invalidateQueries({ queryKey: KEY });
  const make = useMutation({ mutationFn: () => post("/mail-domains", { domain: d.domain }), onSuccess: again, onError: failed });
  const check = useMutation({
    mutationFn: () => api.post<MailDomain>(`/mail-domains/${d.domain}/check`, {}),
    onSuccess: (now) => {
      if (now.state === "on") toast(t("domains.found"));
      return again();
    },
    onError: failed,
  });
  const remove = async () => {
    await api.delete(`/mail-domains/${d.domain}`);
    await again();
  };
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-2 text-sm font-medium [overflow-wrap:anywhere]">
            {d.domain} <Badge tone={TONES[d.state]}>{t(`domains.state.${d.state}`)}</Badge>
          </p>
          <p className="text-xs text-ink-3">
            {[
              d.channel_ids.length ? t("domains.used", { count: d.channel_ids.length }) : t("domains.unused"),
              d.checked_at && t("domains.checked", { time: dateTime(d.checked_at, i18n.language) }),
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </div>
        {manages && d.state === "off" && (
          <Button size="sm" variant="primary" loading={make.isPending} onClick={() => make.mutate()}>
            {t("domains.make")}
          </Button>
        )}
        {manages && d.state !== "off" && (
          <span className="flex flex-wrap gap-1">
            <Button size="sm" variant={d.state === "waiting" ? "primary" : "ghost"} loading={check.isPending} onClick={() => check.mutate()}>
              {t("domains.check")}
            </Button>
            <Button size="sm" variant="ghost" onClick={() => setRemoving(true)}>
              {t("domains.remove")}
            </Button>
          </span>
        )}
      </div>
      {d.trouble && (
        <p role="status" className="mt-2 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn [overflow-wrap:anywhere]">
          {d.trouble}
        </p>
      )}
      {d.state === "waiting" && d.record_name && d.record_value && (
        <div className="mt-3 flex flex-col gap-3">
          <p className="text-sm text-ink-2">{t("domains.publish", { domain: d.domain })}</p>
          <CopyField label={t("domains.name")} value={d.record_name} />
          <CopyField label={t("domains.value")} value={d.record_value} multiline />
        </div>
      )}
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={t("domains.removeTitle", { domain: d.domain })}
        text={t("domains.removeText")}
        confirm={t("domains.remove")}
        danger
        onConfirm={remove}
      />
    </li>
  );
}
