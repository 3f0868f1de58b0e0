import { useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Copy, Ellipsis, Pencil, Plus, Trash2, Users } from "lucide-react";
import type { CSSProperties, KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Page, View } from "@/api/types";
import { cn } from "@/lib/cn";
import { Button, IconButton, Menu, Skeleton, toast } from "@/ui";
import { useViews } from "../data";
import type { Filter } from "../filter";
import { viewIcons } from "./icons";
import { lookOf } from "./look";

interface Props {
  filter: Filter;
  counts?: Record<string, number>;
  onView: (filter: Filter) => void;
  /** Opens the form of a view; without one that of a new one. */
  onEdit: (view: View | null, copy?: boolean) => void;
}

/** The views one has kept, and those shared with everybody, in one's own order. */
export function SavedViews({ filter, counts, onView, onEdit }: Props) {
  const { t, i18n } = useTranslation("filters");
  const client = useQueryClient();
  const query = useViews();
  const views = query.data?.data ?? [];
  const { view: open, changed } = lookOf(filter, views);

  const failed = (error: unknown) => {
    toast.error(error instanceof ApiError && error.detail ? error.detail : t("view.failed"));
    void client.invalidateQueries({ queryKey: ["views"] });
  };
  const order = async (ids: string[]) => {
    client.setQueryData<Page<View>>(["views"], (old) => old && { ...old, data: ids.flatMap((id) => old.data.find((v) => v.id === id) ?? []) });
    try {
      client.setQueryData(["views"], await api.put<Page<View>>("/views/order", { ids }));
    } catch (error) {
      failed(error);
    }
  };
  const move = (view: View, by: 1 | -1) => {
    const ids = views.map((v) => v.id);
    const from = ids.indexOf(view.id);
    const to = from + by;
    if (to < 0 || to >= ids.length) return;
    ids.splice(from, 1);
    ids.splice(to, 0, view.id);
    void order(ids);
  };
  const drop = (id: string, before: string) => {
    if (id === before) return;
    const ids = views.map((v) => v.id).filter((x) => x !== id);
    ids.splice(ids.indexOf(before), 0, id);
    void order(ids);
  };
  const remove = async (view: View) => {
    try {
      await api.delete(`/views/${view.id}`);
      client.setQueryData<Page<View>>(["views"], (old) => old && { ...old, data: old.data.filter((v) => v.id !== view.id) });
      if (filter.view === view.id) onView({});
      const again = {
        name: view.name,
        icon: view.icon,
        hue: view.hue,
        scope: view.scope,
        filter: view.filter,
        sort: view.sort,
        descending: view.descending,
        columns: view.columns,
      };
      toast(t("view.deleted", { name: view.name }), {
        action: {
          label: t("view.undo"),
          onClick: () => void api.post<View>("/views", again).then(() => client.invalidateQueries({ queryKey: ["views"] }), failed),
        },
      });
    } catch (error) {
      failed(error);
    }
  };
  const onKey = (view: View) => (e: KeyboardEvent) => {
    if (!e.altKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
    e.preventDefault();
    e.stopPropagation();
    move(view, e.key === "ArrowUp" ? -1 : 1);
  };

  return (
    <section aria-label={t("view.title")} className="mt-4">
      <div className="mb-1 flex h-6 items-center ps-2">
        <h2 className="flex-1 text-2xs font-medium text-ink-3">{t("view.title")}</h2>
        <IconButton label={t("view.new")} size="sm" className="size-6 max-md:size-11" onClick={() => onEdit(null)}>
          <Plus />
        </IconButton>
      </div>
      {query.isPending ? (
        <Skeleton className="mx-2 h-5" />
      ) : query.isError && !views.length ? (
        <p className="flex items-center gap-2 px-2 text-xs text-ink-2">
          {t("view.loadFailed")}
          <Button size="sm" onClick={() => void query.refetch()}>
            {t("view.again")}
          </Button>
        </p>
      ) : (
        <ul className="space-y-px">
          {views.map((v, i) => {
            const Icon = viewIcons[v.icon] ?? viewIcons.inbox;
            const active = open?.id === v.id;
            const count = counts?.[v.id];
            return (
              <li
                key={v.id}
                draggable
                onDragStart={(e) => e.dataTransfer.setData("text/x-view", v.id)}
                onDragOver={(e) => e.dataTransfer.types.includes("text/x-view") && e.preventDefault()}
                onDrop={(e) => {
                  e.preventDefault();
                  drop(e.dataTransfer.getData("text/x-view"), v.id);
                }}
                className="group relative"
              >
                <button
                  type="button"
                  aria-current={active ? "page" : undefined}
                  aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
                  title={v.name}
                  onClick={() => onView({ view: v.id })}
                  onKeyDown={onKey(v)}
                  className={cn(
                    "inset-focus flex h-[30px] w-full items-center gap-2.5 rounded-sm ps-2 pe-2 text-start text-sm group-focus-within:pe-8 group-hover:pe-8 max-md:h-11 max-md:pe-12",
                    active ? "bg-raised font-medium text-ink shadow-1" : "text-ink-2 hover:bg-press/60 hover:text-ink",
                  )}
                >
                  <span
                    className={cn("flex w-4 shrink-0 justify-center", v.hue === null ? "text-ink-3" : "view-mark")}
                    style={v.hue === null ? undefined : ({ "--h": v.hue } as CSSProperties)}
                  >
                    {Icon && <Icon className="size-4" strokeWidth={1.8} />}
                  </span>
                  <span className="min-w-0 flex-1 truncate">{v.name}</span>
                  {active && changed && <span role="img" aria-label={t("view.changedMark")} className="size-1.5 shrink-0 rounded-full bg-accent" />}
                  {v.scope === "all" && <Users role="img" aria-label={t("view.sharedMark")} className="size-3.5 shrink-0 text-ink-3" />}
                  {!!count && <span className="tnum shrink-0 text-2xs font-normal text-ink-3">{count.toLocaleString(i18n.language)}</span>}
                </button>
                <Menu.Root>
                  <Menu.Trigger asChild>
                    <button
                      type="button"
                      aria-label={t("view.menu", { name: v.name })}
                      className="absolute end-1 top-[3px] grid size-6 place-items-center rounded-xs text-ink-3 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 hover:bg-hover hover:text-ink data-[state=open]:bg-hover data-[state=open]:opacity-100 pointer-coarse:opacity-100 max-md:top-0 max-md:size-11"
                    >
                      <Ellipsis className="size-4" aria-hidden />
                    </button>
                  </Menu.Trigger>
                  <Menu.Content align="start">
                    {v.editable && (
                      <Menu.Item icon={<Pencil />} onSelect={() => onEdit(v)}>
                        {t("view.menuEdit")}
                      </Menu.Item>
                    )}
                    <Menu.Item icon={<Copy />} onSelect={() => onEdit(v, true)}>
                      {t("view.copy")}
                    </Menu.Item>
                    <Menu.Item icon={<ArrowUp />} keys="alt+arrowup" disabled={i === 0} onSelect={() => move(v, -1)}>
                      {t("view.up")}
                    </Menu.Item>
                    <Menu.Item icon={<ArrowDown />} keys="alt+arrowdown" disabled={i === views.length - 1} onSelect={() => move(v, 1)}>
                      {t("view.down")}
                    </Menu.Item>
                    {v.editable && (
                      <>
                        <Menu.Separator />
                        <Menu.Item icon={<Trash2 />} danger onSelect={() => void remove(v)}>
                          {t("view.delete")}
                        </Menu.Item>
                      </>
                    )}
                  </Menu.Content>
                </Menu.Root>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
