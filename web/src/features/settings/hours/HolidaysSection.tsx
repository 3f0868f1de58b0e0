import { useQueryClient } from "@tanstack/react-query";
import { CalendarDays, CalendarPlus, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, Holiday } from "@/api/types";
import { Badge, Button, EmptyState, ErrorState, IconButton } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Rows, RowsSkeleton, Section } from "../Page";
import { HolidayDialog } from "./HolidayDialog";
import { ImportDialog } from "./ImportDialog";
import { useHolidays } from "./queries";

/** Days that are not like others, of the workspace and, on a channel's page, of that channel. */
export function HolidaysSection({ place, channels, manages }: { place: string; channels: Channel[]; manages: boolean }) {
  const { t } = useTranslation("hours");
  const client = useQueryClient();
  const list = useHolidays();
  const days = useDays();
  const [editing, setEditing] = useState<Holiday | "new" | null>(null);
  const [importing, setImporting] = useState(false);
  const [removing, setRemoving] = useState<Holiday | null>(null);
  const rows = list.data?.filter((h) => place === "workspace" || h.place === "workspace" || h.place === place) ?? [];
  const add = (
    <div className="flex flex-wrap gap-2 max-md:w-full">
      <Button onClick={() => setImporting(true)}>
        <CalendarPlus aria-hidden />
        {t("holidays.import")}
      </Button>
      <Button onClick={() => setEditing("new")}>
        <Plus aria-hidden />
        {t("holidays.new")}
      </Button>
    </div>
  );
  return (
    <Section title={t("holidays.title")} lead={t("holidays.lead")} action={manages && rows.length ? add : undefined}>
      {list.isError ? (
        <ErrorState title={t("holidays.failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton />
      ) : rows.length === 0 ? (
        <EmptyState icon={CalendarDays} text={t("holidays.empty")} action={manages ? add : undefined} />
      ) : (
        <Rows label={t("holidays.title")}>
          {rows.map((h) => {
            const where = channels.find((c) => c.id === h.place)?.name;
            return (
              <li key={h.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
                <div className="min-w-0 flex-1 basis-56">
                  <p className="flex items-center gap-2 text-sm font-medium">
                    <span className="min-w-0 truncate">{h.name}</span>
                    {h.yearly && <Badge>{t("holidays.yearly")}</Badge>}
                    {where && <Badge>{where}</Badge>}
                  </p>
                  <p className="truncate text-xs text-ink-3">
                    {days(h)}
                    {" · "}
                    {h.slots.length ? h.slots.map((s) => `${s.from}–${s.to}`).join(", ") : t("holidays.closed")}
                    {h.imported && ` · ${t("holidays.imported")}`}
                  </p>
                </div>
                {manages && (
                  <span className="flex shrink-0">
                    <IconButton label={t("holidays.edit", { name: h.name })} onClick={() => setEditing(h)}>
                      <Pencil aria-hidden />
                    </IconButton>
                    <IconButton label={t("holidays.remove", { name: h.name })} onClick={() => setRemoving(h)}>
                      <Trash2 aria-hidden />
                    </IconButton>
                  </span>
                )}
              </li>
            );
          })}
        </Rows>
      )}
      {editing && <HolidayDialog holiday={editing === "new" ? null : editing} place={place} channels={channels} onClose={() => setEditing(null)} />}
      {importing && <ImportDialog place={place} channels={channels} onClose={() => setImporting(false)} />}
      <ConfirmDialog
        open={!!removing}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("holidays.removeTitle", { name: removing?.name })}
        text={t("holidays.removeText")}
        confirm={t("holidays.removeIt")}
        danger
        onConfirm={async () => {
          if (!removing) return;
          await api.delete(`/holidays/${removing.id}`);
          await client.invalidateQueries({ queryKey: ["holidays"] });
        }}
      />
    </Section>
  );
}

/** `24 December 2026` or `24 – 26 December 2026`; without the year where it is every year. */
export function useDays() {
  const { i18n } = useTranslation("hours");
  return (h: Pick<Holiday, "from" | "to" | "yearly">) => {
    const format = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "long", year: h.yearly ? undefined : "numeric", timeZone: "UTC" });
    const [from, to] = [new Date(`${h.from}T00:00:00Z`), new Date(`${h.to}T00:00:00Z`)];
    return h.from === h.to ? format.format(from) : format.formatRange(from, to);
  };
}
