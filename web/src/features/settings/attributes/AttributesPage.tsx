import { useQueryClient } from "@tanstack/react-query";
import {
  Archive,
  ArchiveRestore,
  ArrowDown,
  ArrowUp,
  Banknote,
  CalendarDays,
  CheckSquare,
  Hash,
  Link2,
  List,
  MoreHorizontal,
  Pencil,
  Percent,
  Plus,
  Trash2,
  Type,
} from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useMe } from "@/api/client";
import type { AttributeDefinition } from "@/api/types";
import { useAttributes } from "@/lib/attributes";
import { may } from "@/lib/may";
import { Badge, Button, ErrorState, IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Rows, RowsSkeleton, Section, SettingsPage } from "../Page";
import { AttributeDialog } from "./AttributeDialog";

const icons = { text: Type, number: Hash, currency: Banknote, percent: Percent, link: Link2, date: CalendarDays, list: List, checkbox: CheckSquare } as const;
type Of = AttributeDefinition["applies_to"];

/** What a workspace keeps of conversations and contacts besides. */
export function AttributesPage() {
  const { t } = useTranslation("attributes");
  const me = useMe();
  const client = useQueryClient();
  const all = useAttributes(undefined, true);
  const [editing, setEditing] = useState<AttributeDefinition | Of | null>(null);
  const [removing, setRemoving] = useState<AttributeDefinition | null>(null);
  const manages = may(me, "workspace.manage");
  const again = () => client.invalidateQueries({ queryKey: ["attribute-definitions"] });
  const change = async (d: AttributeDefinition, patch: Partial<AttributeDefinition>) => {
    try {
      await api.patch(`/attribute-definitions/${d.id}`, patch);
    } catch (e) {
      toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("failed"));
    }
    await again();
  };
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
                            <Menu.Root>
                              <Menu.Trigger asChild>
                                <IconButton label={t("moreOf", { name: d.name })}>
                                  <MoreHorizontal aria-hidden />
                                </IconButton>
                              </Menu.Trigger>
                              <Menu.Content align="end">
                                <Menu.Item icon={<Pencil />} onSelect={() => setEditing(d)}>
                                  {t("edit", { name: d.name })}
                                </Menu.Item>
                                {i > 0 && (
                                  <Menu.Item icon={<ArrowUp />} onSelect={() => void change(d, { position: i - 1 })}>
                                    {t("up", { name: d.name })}
                                  </Menu.Item>
                                )}
                                {i < rows.length - 1 && (
                                  <Menu.Item icon={<ArrowDown />} onSelect={() => void change(d, { position: i + 1 })}>
                                    {t("down", { name: d.name })}
                                  </Menu.Item>
                                )}
                                <Menu.Item icon={d.archived ? <ArchiveRestore /> : <Archive />} onSelect={() => void change(d, { archived: !d.archived })}>
                                  {t(d.archived ? "unarchive" : "archive", { name: d.name })}
                                </Menu.Item>
                                <Menu.Separator />
                                <Menu.Item icon={<Trash2 />} danger onSelect={() => setRemoving(d)}>
                                  {t("remove", { name: d.name })}
                                </Menu.Item>
                              </Menu.Content>
                            </Menu.Root>
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
      <ConfirmDialog
        open={!!removing}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("removeTitle", { name: removing?.name })}
        text={t("removeText")}
        confirm={t("removeIt")}
        danger
        onConfirm={async () => {
          if (!removing) return;
          await api.delete(`/attribute-definitions/${removing.id}`);
          await again();
        }}
      />
    </SettingsPage>
  );
}
