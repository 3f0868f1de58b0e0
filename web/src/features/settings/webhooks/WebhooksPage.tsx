import { Link } from "@tanstack/react-router";
import { ChevronRight, FlaskConical, Plus, Webhook as Icon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ago } from "@/lib/dates";
import { Button, EmptyState, ErrorState } from "@/ui";
import { Rows, RowsSkeleton, SettingsPage } from "../Page";
import { useSearchable } from "../searchable";
import { countOf, nameIn } from "./choice";
import { useEventKinds, useWebhooks } from "./queries";
import { StateBadge } from "./StateBadge";
import { WebhookDialog } from "./WebhookDialog";

/** Programs outside that are told what happens here. */
export function WebhooksPage() {
  const { t, i18n } = useTranslation("webhooks");
  const list = useWebhooks();
  const kinds = useEventKinds();
  const [making, setMaking] = useState(false);
  const { rows, search } = useSearchable(list.data ?? [], (w) => `${w.name} ${w.url}`);
  const make = (
    <Button variant="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <SettingsPage
      title={t("title")}
      lead={t("lead")}
      adminOnly
      action={
        <div className="flex flex-wrap gap-2 max-md:w-full">
          <Button asChild>
            <Link to="/settings/webhooks/receiver">
              <FlaskConical aria-hidden />
              {t("receiver.title")}
            </Link>
          </Button>
          {!!list.data?.length && make}
        </div>
      }
    >
      {list.isError ? (
        <ErrorState title={t("listFailed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton />
      ) : list.data.length === 0 ? (
        <EmptyState icon={Icon} text={t("empty")} action={make} />
      ) : (
        <>
          {search}
          <Rows label={t("title")}>
            {rows.map((w) => (
              <li key={w.id}>
                <Link to="/settings/webhooks/$id" params={{ id: w.id }} className="inset-focus flex items-center gap-3 px-4 py-3 hover:bg-hover">
                  <div className="min-w-0 flex-1">
                    <div className="flex items-center gap-2">
                      <span className="truncate text-sm font-medium">{w.name}</span>
                      <StateBadge webhook={w} />
                    </div>
                    <div className="truncate font-mono text-xs text-ink-2">{w.url}</div>
                    <div className="truncate text-xs text-ink-3">
                      {[
                        w.events.includes("*")
                          ? t("allKinds")
                          : kinds.data &&
                            t("kinds", {
                              count: countOf(
                                w.events,
                                kinds.data.filter((k) => nameIn(w.format, k)),
                              ),
                            }),
                        w.last_success_at ? t("taken", { ago: ago(w.last_success_at, i18n.language) }) : t("neverTaken"),
                        w.waiting > 0 && t("waiting", { count: w.waiting }),
                      ]
                        .filter(Boolean)
                        .join(" · ")}
                    </div>
                  </div>
                  <ChevronRight className="size-4 shrink-0 text-ink-3 rtl:rotate-180" aria-hidden />
                </Link>
              </li>
            ))}
          </Rows>
        </>
      )}
      {making && <WebhookDialog onClose={() => setMaking(false)} />}
    </SettingsPage>
  );
}
