import { Banknote, CalendarDays, CheckSquare, Hash, Link2, List, Pencil, Percent, Plus, Type } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import type { AttributeDefinition } from "@/api/types";
import { useAttributes } from "@/lib/attributes";
import { may } from "@/lib/may";
import { Badge, Button, ErrorState, IconButton } from "@/ui";
import { Rows, RowsSkeleton, Section, SettingsPage } from "../Page";
import { AttributeDialog } from "./AttributeDialog";
import { DefinitionMenu, useDefinitions } from "./Definition";

const icons = { text: Type, number: Hash, currency: Banknote, percent: Percent, link: Link2, date: CalendarDays, list: List, checkbox: CheckSquare } as const;
type Of = AttributeDefinition["applies_to"];

/** What a workspace keeps of conversations and contacts besides. */
export function AttributesPage() {
  const { t } = useTranslation("attributes");
  const me = useMe();
  const all = useAttributes(undefined, true);
  const [editing, setEditing] = useState<AttributeDefinition | Of | null>(null);
  const manages = may(me, "workspace.manage");
  const definitions = useDefinitions<AttributeDefinition>("attribute-definitions", "attributes");
  return (
    <SettingsPage title={t("title")} lead={t("lead")}>
      {all.isError ? (
        <ErrorState title={t("loadFailed")} error={all.error} onRetry={() => void all.refetch()} />
      ) : !all.data ? (
        <RowsSkeleton />
      ) : (
        (["conversation", "contact"] as const).map((of) => {
          const rows = all.data?.filter((d) => d.applies_to === of) ?? [];
          return (
            <Section
              key={of}
              title={t(`of.${of}`)}
              action={
                manages && (
                  <Button onClick={() => setEditing(of)}>
                    <Plus aria-hidden />
                    {t("new")}
                  </Button>
                )
              }
            >
              {rows.length === 0 ? (
                <p className="rounded-lg border border-dashed border-line px-4 py-6 text-center text-sm text-ink-3">{t(`empty.${of}`)}</p>
              ) : (
                <Rows label={t(`of.${of}`)}>
                  {rows.map((d, i) => {
                    const Icon = icons[d.kind];
                    return (
                      <li key={d.id} className={`flex items-center gap-3 px-4 py-2.5 ${d.archived ? "text-ink-3" : ""}`}>
                        <Icon className="size-4 shrink-0 text-ink-3" aria-hidden />
                        <div className="min-w-0 flex-1">
                          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm font-medium">
                            <span className="min-w-0 truncate">{d.name}</span>
                            {d.required_on_close && <Badge>{t("requiredBadge")}</Badge>}
                            {d.archived && <Badge>{t("archived")}</Badge>}
                          </p>
                          <p className="truncate text-xs text-ink-3">
                            {[t(`kinds.${d.kind}`), d.currency, d.options.join(", ")].filter(Boolean).join(" · ")} · <code>{d.key}</code>
                          </p>
                        </div>
                        {manages && (
                          <span className="flex shrink-0">
                            <span className="max-md:hidden">
                              <IconButton label={t("edit", { name: d.name })} onClick={() => setEditing(d)}>
                                <Pencil aria-hidden />
                              </IconButton>
                            </span>
                            <DefinitionMenu
                              of={d}
                              words="attributes"
                              at={i}
                              many={rows.length}
                              onEdit={() => setEditing(d)}
                              onChange={(patch) => void definitions.change(d, patch)}
                              onRemove={() => definitions.remove(d)}
                            />
                          </span>
                        )}
                      </li>
                    );
                  })}
                </Rows>
              )}
            </Section>
          );
        })
      )}
      {editing && (
        <AttributeDialog
          definition={typeof editing === "string" ? null : editing}
          of={typeof editing === "string" ? editing : editing.applies_to}
          onClose={() => setEditing(null)}
        />
      )}
      {definitions.asking}
    </SettingsPage>
  );
}
