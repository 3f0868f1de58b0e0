import { useQueryClient } from "@tanstack/react-query";
import { type CSSProperties, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { View } from "@/api/types";
import type { FilterNode } from "@/lib/filters";
import { cn } from "@/lib/cn";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog } from "@/ui";
import { ChoiceField, SwitchField, TextField } from "@/ui/form";
import { useFilterWords } from "@/ui/rules/words";
import { useGrammar, useMe } from "../data";
import { natural, type Order, type Sort } from "../filter";
import { viewColumns, viewHues, viewIcons } from "../views/icons";
import { usualColumns } from "../views/look";
import { useLookups } from "./use-lookups";
import { conditionsOf } from "@/lib/filters";

interface Props {
  /** The one to change; without it a new one is made. */
  view?: View;
  filter: FilterNode;
  sort: Sort;
  order: Order;
  columns: string[] | null;
  onClose: () => void;
  onSaved: (view: View) => void;
}

/** Name, mark, order and rows of a view, and who sees it. */
export function ViewDialog({ view, filter, sort: sorted, order: ordered, columns: shown, onClose, onSaved }: Props) {
  const { t } = useTranslation(["filters", "inbox"]);
  const client = useQueryClient();
  const me = useMe();
  const grammar = useGrammar();
  const words = useFilterWords(grammar?.fields ?? [], useLookups());
  const { form, busy, problem, errors, run, clear } = useSubmit();
  const [name, setName] = useState(view?.name ?? "");
  const [icon, setIcon] = useState(view?.icon ?? "inbox");
  const [hue, setHue] = useState<number | null>(view?.hue ?? null);
  const [all, setAll] = useState(view?.scope === "all");
  const [sort, setSort] = useState<Sort>(sorted);
  const [order, setOrder] = useState<Order>(ordered);
  const [columns, setColumns] = useState<string[]>(shown ?? usualColumns);
  const mayShare = me?.permissions.includes("views.share");
  const sameAsUsual = columns.length === usualColumns.length && usualColumns.every((c) => columns.includes(c));
  const save = () =>
    run(
      async () => {
        const body = {
          name,
          icon,
          hue,
          scope: all ? "all" : "mine",
          filter,
          sort,
          descending: order === "desc",
          columns: sameAsUsual ? null : viewColumns.filter((c) => columns.includes(c)),
        };
        const saved = view ? await api.patch<View>(`/views/${view.id}`, body) : await api.post<View>("/views", body);
        await client.invalidateQueries({ queryKey: ["views"] });
        void client.invalidateQueries({ queryKey: ["counts"] });
        onSaved(saved);
      },
      { name: !name.trim() && t("view.needsName") },
    );
  const said = grammar ? conditionsOf(filter).map(words.sentence) : [];
  const Mark = viewIcons[icon] ?? viewIcons.inbox;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t(view ? "view.edit" : "view.new")}>
      <form
        ref={form}
        noValidate
        className="space-y-4"
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <TextField
          label={t("view.name")}
          value={name}
          maxLength={60}
          autoComplete="off"
          error={errors.name}
          onChange={(v) => {
            setName(v);
            clear("name");
          }}
        />
        <p className="text-xs text-ink-3 [overflow-wrap:anywhere]">{said.length ? said.join(" · ") : t("view.everything")}</p>
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{t("view.icon")}</legend>
          <div className="flex flex-wrap gap-1">
            {Object.entries(viewIcons).map(([key, Icon]) => (
              <label
                key={key}
                title={t(`view.icons.${key}`)}
                className="grid size-8 cursor-pointer place-items-center rounded-sm text-ink-2 hover:bg-hover has-checked:bg-accent-soft has-checked:text-accent-ink has-focus-visible:outline-2 has-focus-visible:outline-focus max-md:size-11"
              >
                <input type="radio" name="icon" className="sr-only" checked={icon === key} onChange={() => setIcon(key)} aria-label={t(`view.icons.${key}`)} />
                <Icon className="size-4" strokeWidth={1.8} aria-hidden />
              </label>
            ))}
          </div>
        </fieldset>
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{t("view.colour")}</legend>
          <div className="flex flex-wrap gap-1">
            {[null, ...viewHues].map((h) => (
              <label
                key={h ?? "none"}
                className="grid size-8 cursor-pointer place-items-center rounded-sm hover:bg-hover has-checked:bg-press has-focus-visible:outline-2 has-focus-visible:outline-focus max-md:size-11"
              >
                <input
                  type="radio"
                  name="hue"
                  className="sr-only"
                  checked={hue === h}
                  onChange={() => setHue(h)}
                  aria-label={h === null ? t("view.noColour") : t("view.hue", { hue: h })}
                />
                {Mark && (
                  <Mark
                    className={cn("size-4", h === null ? "text-ink-3" : "view-mark")}
                    style={h === null ? undefined : ({ "--h": h } as CSSProperties)}
                    strokeWidth={2}
                    aria-hidden
                  />
                )}
              </label>
            ))}
          </div>
        </fieldset>
        <div className="grid grid-cols-2 gap-3 max-[479px]:grid-cols-1">
          <ChoiceField
            label={t("view.sort")}
            value={sort}
            onChange={(v) => {
              setSort(v as Sort);
              setOrder(natural(v as Sort));
            }}
            options={(["activity", "created", "priority", "waiting"] as const).map((s) => ({ value: s, label: t(`inbox:sort.${s}`) }))}
          />
          <ChoiceField
            label={t("view.order")}
            value={order}
            onChange={(v) => setOrder(v as Order)}
            options={(["desc", "asc"] as const).map((o) => ({ value: o, label: t(`inbox:order.${sort}.${o}`) }))}
          />
        </div>
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{t("view.columns")}</legend>
          <div className="grid grid-cols-2 gap-x-3 gap-y-1">
            {viewColumns.map((c) => (
              <label key={c} className="flex min-h-7 items-center gap-2 text-sm max-md:min-h-11">
                <input
                  type="checkbox"
                  className="size-4 accent-(--accent)"
                  checked={columns.includes(c)}
                  onChange={(e) => setColumns(e.target.checked ? [...columns, c] : columns.filter((x) => x !== c))}
                />
                {t(`column.${c}`)}
              </label>
            ))}
          </div>
        </fieldset>
        {(mayShare || all) && <SwitchField label={t("view.shared")} hint={t("view.sharedHint")} checked={all} onChange={setAll} disabled={!mayShare} error={errors.scope} />}
        {(problem || errors.filter) && (
          <p role="alert" className="text-sm font-medium text-bad">
            {problem?.detail || errors.filter || t("view.failed")}
          </p>
        )}
        <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end gap-2 border-t border-line bg-raised px-5 py-3">
          <Button onClick={onClose}>{t("view.cancel")}</Button>
          <Button type="submit" variant="primary" loading={busy}>
            {t("view.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
