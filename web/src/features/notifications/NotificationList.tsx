import { BellOff, CheckCheck } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button, EmptyState, ErrorState, Late, Skeleton, toast } from "@/ui";
import { useNotifications, useReading } from "./data";
import { NotificationRow } from "./NotificationRow";

const step: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** The lines, the latest first; arrows go from one to the next. */
export function NotificationList({ unreadOnly, onOpen, focusFirst }: { unreadOnly: boolean; onOpen: () => void; focusFirst?: boolean }) {
  const { t } = useTranslation("notifications");
  const list = useNotifications(unreadOnly);
  const { read } = useReading();
  const box = useRef<HTMLUListElement>(null);
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const loaded = rows.length > 0;
  useEffect(() => {
    if (focusFirst && loaded) box.current?.querySelector<HTMLElement>("a")?.focus();
  }, [focusFirst, loaded]);

  const move = (e: KeyboardEvent) => {
    const by = step[e.key];
    if (e.metaKey || e.ctrlKey || e.altKey || (!by && e.key !== "Home" && e.key !== "End")) return;
    const links = [...(box.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    const at = links.findIndex((link) => link.closest("li")?.contains(document.activeElement));
    const next = e.key === "Home" ? 0 : e.key === "End" ? links.length - 1 : Math.max(0, Math.min(links.length - 1, at + (by ?? 0)));
    links[next]?.focus();
    e.preventDefault();
    e.stopPropagation();
  };
  const markRead = (id: string) => void read(id).catch(() => toast.error(t("failed")));

  if (list.isError) return <ErrorState title={t("loadFailed")} error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) {
    return (
      <Late>
        <div role="status" aria-label={t("loading")} className="flex flex-col gap-4 p-3">
          {[0, 1, 2].map((n) => (
            <div key={n} className="flex gap-3">
              <Skeleton className="size-8 rounded-full" />
              <div className="flex-1">
                <Skeleton className="mb-2 h-3.5 w-2/3" />
                <Skeleton className="h-3 w-1/3" />
              </div>
            </div>
          ))}
        </div>
      </Late>
    );
  }
  if (rows.length === 0) return <EmptyState icon={unreadOnly ? CheckCheck : BellOff} title={t(unreadOnly ? "noneUnread" : "none")} text={t("noneText")} />;
  return (
    <>
      <ul ref={box} aria-label={t("title")} onKeyDown={move} className="flex flex-col">
        {rows.map((n) => (
          <NotificationRow key={n.id} notification={n} onRead={() => markRead(n.id)} onOpen={onOpen} />
        ))}
      </ul>
      {list.hasNextPage && (
        <div className="flex justify-center p-3">
          <Button variant="ghost" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </>
  );
}
