import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import i18n from "i18next";
import { MessagesSquare } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { sendViewing } from "@/api/events";
import { Drawer, Kbd, toast } from "@/ui";
import { bus, useWish } from "./bus";
import { ApiError, api } from "@/api/client";
import type { Page, View } from "@/api/types";
import type { FilterNode } from "@/lib/filters";
import { useKeys } from "@/lib/keymap";
import { undoLast, useActs, useChannels, useCounts, useMe, useMembers } from "./data";
import { type Filter, type Order, orderOf, type Sort, treeOf } from "./filter";
import { ListPane } from "./list/ListPane";
import { useWidth } from "./use-width";
import { usePaneWidth } from "./use-pane-width";
import { useLook } from "./views/look";
import { withFilterWords } from "./views/words";
import { ViewsPane } from "./views/ViewsPane";

// The list shows first; what a conversation needs, with its words, comes while it is being looked at.
const said = i18n.loadNamespaces(["thread", "composer", "shaping", "calls", "canned", "mail"]);
const thread = import("@/features/conversation/Conversation");
const person = import("@/features/conversation/details/Details");
const Conversation = lazy(async () => {
  const [module] = await Promise.all([thread, said]);
  return { default: module.Conversation };
});
// With its words: were they to come later, what is open in there would be torn down once more.
const Details = lazy(async () => {
  const [module] = await Promise.all([person, i18n.loadNamespaces(["details", "contacts", "attributes"]), said]);
  return { default: module.Details };
});
const BulkProgress = lazy(async () => {
  const [module] = await Promise.all([import("./bulk/BulkProgress"), i18n.loadNamespaces("bulk")]);
  return { default: module.BulkProgress };
});
const Outbox = lazy(async () => {
  const [module] = await Promise.all([import("./outbox/OutboxRunner"), said]);
  return { default: module.OutboxRunner };
});
const FilterDialog = lazy(() => withFilterWords(import("./filters/FilterDialog")).then((m) => ({ default: m.FilterDialog })));
const ViewDialog = lazy(() => withFilterWords(import("./filters/ViewDialog")).then((m) => ({ default: m.ViewDialog })));
const NewConversation = lazy(async () => {
  const [module] = await Promise.all([import("./new/NewConversationDialog"), i18n.loadNamespaces("newConversation"), said]);
  return { default: module.NewConversationDialog };
});

/** Views, list, conversation and person side by side; one after the other where there is no room. */
export function InboxPage() {
  const { t } = useTranslation("inbox");
  const navigate = useNavigate();
  const params = useParams({ strict: false }) as { id?: string };
  const search = useSearch({ strict: false }) as Filter & { message?: string };
  const { message, ...filter } = search;
  const id = params.id;
  const width = useWidth();
  const me = useMe();
  const acts = useActs();
  const members = useMembers();
  const channels = useChannels();
  const keysOf = useKeys();
  const [viewsShown, showViews] = useState(() => localStorage.getItem("views.hidden") !== "1");
  const [detailsShown, showDetails] = useState(() => localStorage.getItem("details.hidden") !== "1");
  const [viewsOpen, openViews] = useState(false);
  const [detailsOpen, openDetails] = useState(false);
  const [building, build] = useState(false);
  const [editing, edit] = useState<Editing | null>(null);
  const client = useQueryClient();
  const look = useLook(useStable(filter));
  const list = usePaneWidth("list.width", 348, 300, 480);

  useEffect(() => {
    sendViewing(id ?? null);
    return () => sendViewing(null);
  }, [id]);

  const go = (next: Filter, keep = true) => void navigate({ to: keep && id && width >= 768 ? "/inbox/$id" : "/inbox", params: { id: id ?? "" }, search: clean(next) as never });
  const wideDetails = width >= 1280;
  const toggleDetails = () => {
    if (!wideDetails) return openDetails((o) => !o);
    localStorage.setItem("details.hidden", detailsShown ? "1" : "0");
    showDetails(!detailsShown);
  };
  useWish("toggleDetails", toggleDetails);
  // The tags stand among the details; where those are not on screen, they come first.
  useWish("tags", () => {
    if (!id || (wideDetails ? detailsShown : detailsOpen)) return;
    bus.keep("tags");
    toggleDetails();
  });
  useWish("toggleViews", () => {
    if (width < 1024) return openViews((o) => !o);
    localStorage.setItem("views.hidden", viewsShown ? "1" : "0");
    showViews(!viewsShown);
  });
  useWish("undo", () => void undoLast());
  useWish("assignMe", () => id && void acts.assign([id], "me"));
  useWish("unread", () => id && void acts.markRead([id], false));
  useWish("archive", () => id && void acts.setStatus([id], "archived"));
  useWish("spam", () => id && void acts.setStatus([id], "spam"));
  useWish("delete", () => {
    if (!id || !me?.permissions.includes("conversations.delete")) return;
    void acts.remove([id]).then((gone) => void (gone && navigate({ to: "/inbox", search: clean(filter) as never })));
  });

  /** The conditions as they stand now, to be kept. */
  const kept = (tree: FilterNode = look.view || filter.filter ? (look.filter.filter ?? {}) : treeOf(filter)): Editing => ({
    filter: tree,
    ...orderOf(look.filter),
    columns: look.view?.columns ?? null,
  });
  const saveChanges = async () => {
    const view = look.view;
    if (!view) return;
    const { sort, order } = orderOf(look.filter);
    try {
      const body = { filter: treeOf({ ...look.filter, text: undefined }), sort, descending: order === "desc" };
      const saved = await api.patch<View>(`/views/${view.id}`, body);
      client.setQueryData<Page<View>>(["views"], (old) => old && { ...old, data: old.data.map((v) => (v.id === saved.id ? saved : v)) });
      go({ view: view.id });
      toast(t("kept.saved"));
    } catch (error) {
      toast.error((error instanceof ApiError && error.detail) || t("kept.failed"));
    }
  };
  useWish("saveView", () => {
    if (look.loading || look.missing) return;
    if (filter.text) return toast(t("kept.noWords"));
    edit(kept());
  });

  const title =
    look.view?.name ??
    (filter.view ? t("kept.views") : undefined) ??
    (filter.filter ? t("kept.filter") : undefined) ??
    (filter.following
      ? t("view.following")
      : filter.assignee === "me"
        ? t("view.mine")
        : filter.assignee === "none"
          ? t("view.unassigned")
          : (members.find((m) => m.id === filter.assignee)?.name ??
            channels.find((c) => c.id === filter.channel_id)?.name ??
            t(`view.${TITLE[filter.status ?? "open"] ?? "all"}`)));
  const views = (
    <ViewsPane
      filter={filter}
      onView={(f) => {
        openViews(false);
        go(f, false);
      }}
      onEdit={(view, copy) => {
        openViews(false);
        if (!view) return edit(kept());
        const own = { filter: view.filter, sort: view.sort, order: view.descending ? "desc" : "asc", columns: view.columns } as const;
        edit(copy ? own : { ...own, view });
      }}
    />
  );
  const onePane = width < 768;
  const showList = !onePane || !id;
  const showThread = !onePane || !!id;
  useTitle(title);
  return (
    <div className="flex h-full min-h-0 w-full">
      {width >= 1024 && viewsShown && <div className="w-52 shrink-0">{views}</div>}
      <main
        id="main"
        tabIndex={-1}
        className={`flex min-w-0 flex-1 overflow-hidden bg-sheet outline-none ${onePane ? "" : "rounded-xl shadow-[0_0_0_1px_var(--line),var(--shadow-2)]"}`}
      >
        {showList && (
          <div className={`relative min-h-0 ${onePane ? "w-full" : "shrink-0 border-e border-line"}`} style={onePane ? undefined : { width: width < 1024 ? 320 : list.width }}>
            <ListPane
              filter={filter}
              look={look}
              onBuild={() => build(true)}
              onSaveChanges={() => void saveChanges()}
              onSaveNew={() => edit(kept())}
              onDiscard={() => go(look.view ? { view: look.view.id } : {})}
              title={title}
              openId={id}
              onFilter={(patch) => go({ ...filter, ...patch })}
              onViews={width < 1024 || !viewsShown ? () => openViews(true) : undefined}
            />
            {width >= 1024 && (
              <div
                role="separator"
                aria-orientation="vertical"
                aria-label={t("list.resize")}
                aria-valuenow={list.width}
                aria-valuemin={300}
                aria-valuemax={480}
                tabIndex={0}
                className="absolute inset-y-0 -end-1 z-10 w-2 cursor-col-resize touch-none hover:bg-accent-soft focus-visible:bg-accent-soft-2"
                onPointerDown={list.drag}
                onKeyDown={list.onKey}
              />
            )}
          </div>
        )}
        {!showList && <h1 className="sr-only">{title}</h1>}
        {showThread && (
          <div data-pane className="min-h-0 min-w-0 flex-1">
            {id ? (
              <Suspense fallback={null}>
                <Conversation
                  key={id}
                  id={id}
                  messageId={message}
                  onBack={onePane ? () => void navigate({ to: "/inbox", search: clean(filter) as never }) : undefined}
                  onToggleDetails={toggleDetails}
                />
              </Suspense>
            ) : (
              <div className="flex h-full flex-col items-center justify-center gap-1 text-sm text-ink-3">
                <MessagesSquare className="mb-3 size-9" strokeWidth={1.3} aria-hidden />
                <p className="text-md font-semibold text-ink">{t("choose")}</p>
                <p className="flex items-center gap-1.5">
                  {t("chooseMove")} {[keysOf("next"), keysOf("previous")].map((keys) => keys && <Kbd key={keys} keys={keys} />)}
                </p>
              </div>
            )}
          </div>
        )}
        {id && wideDetails && detailsShown && (
          <aside aria-label={t("details")} className="scroll w-75 shrink-0 overflow-y-auto border-s border-line">
            <Suspense fallback={null}>
              <Details id={id} />
            </Suspense>
          </aside>
        )}
      </main>
      <Drawer open={viewsOpen} onOpenChange={openViews} title={t("views.label")} side="start" bare className="w-[min(280px,86vw)] bg-canvas pt-2">
        {views}
      </Drawer>
      {id && (
        <Drawer open={detailsOpen && !wideDetails} onOpenChange={openDetails} title={t("details")} bare className="w-[min(340px,100vw)] bg-sheet">
          <Suspense fallback={null}>
            <Details id={id} onClose={() => openDetails(false)} />
          </Suspense>
        </Drawer>
      )}
      <Suspense>
        {building && (
          <FilterDialog
            value={treeOf({ ...look.filter, text: undefined })}
            onClose={() => build(false)}
            onApply={(tree) => {
              build(false);
              // The simple words are among the conditions now.
              go({ view: filter.view, filter: tree, sort: filter.sort, order: filter.order, text: filter.text });
            }}
            onSave={(tree) => {
              build(false);
              edit(kept(tree));
            }}
          />
        )}
        {editing && (
          <ViewDialog
            {...editing}
            onClose={() => edit(null)}
            onSaved={(view) => {
              edit(null);
              if (!editing.view || editing.view.id === filter.view) go({ view: view.id });
            }}
          />
        )}
        <NewConversation />
        <Outbox />
        <BulkProgress />
      </Suspense>
    </div>
  );
}

/** The window says where one is and how much is unread. */
function useTitle(title: string) {
  const unread = useCounts()?.unread;
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ""}${title} · Switchboard`;
  }, [title, unread]);
}

interface Editing {
  view?: View;
  filter: FilterNode;
  sort: Sort;
  order: Order;
  columns: string[] | null;
}

/** The same object for as long as it says the same. */
function useStable<T>(value: T): T {
  const text = JSON.stringify(value);
  // biome-ignore lint/correctness/useExhaustiveDependencies: its text says all of it
  return useMemo(() => value, [text]);
}

const TITLE: Record<string, string> = { archived: "archived", open: "open", snoozed: "snoozed", resolved: "closed", spam: "spam" };

function clean(f: Filter): Record<string, unknown> {
  return Object.fromEntries(Object.entries(f).filter(([, v]) => v !== undefined && v !== "" && v !== false));
}
