import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { InspectorEntry, InspectorKind, Page } from "@/api/types";
import { Button, Drawer, ErrorState } from "@/ui";
import { ChoiceField } from "@/ui/form";
import { EntryRow } from "./EntryRow";

const KINDS: readonly InspectorKind[] = ["message", "event", "attempt", "notification", "webhook"];

/** Why a conversation is here, and everything that happened to it. */
export function InspectorDrawer({ id, number, onClose }: { id: string; number: number; onClose: () => void }) {
  const { t } = useTranslation("inspector");
  const [kind, setKind] = useState<InspectorKind | "">("");
  const list = useInfiniteQuery({
    queryKey: ["conversation", id, "inspector", kind],
    queryFn: ({ pageParam }) => {
      const q = new URLSearchParams({ limit: "50" });
      if (kind) q.set("kind", kind);
      if (pageParam) q.set("cursor", pageParam);
      return api.get<Page<InspectorEntry>>(`/conversations/${id}/inspector?${q}`);
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 0,
  });
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  return (
    <Drawer open onOpenChange={(open) => !open && onClose()} title={t("title", { number })}>
      <p className="mb-4 text-sm text-ink-2">{t("lead")}</p>
      <ChoiceField
        label={t("show")}
        className="mb-4"
        value={kind}
        onChange={(v) => setKind(v as InspectorKind | "")}
        options={[{ value: "", label: t("kind.all") }, ...KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))]}
      />
      {list.isError ? (
        <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <div className="flex flex-col gap-3" role="status" aria-label={t("loading")}>
          <div className="skel h-10" />
          <div className="skel h-10" />
          <div className="skel h-10" />
        </div>
      ) : rows.length === 0 ? (
        <p className="text-sm text-ink-2">{t("none")}</p>
      ) : (
        <>
          <ol aria-label={t("list")} className="flex flex-col">
            {rows.map((e) => (
              <EntryRow key={e.id} entry={e} />
            ))}
          </ol>
          {list.hasNextPage && (
            <Button variant="ghost" className="mt-2" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("earlier")}
            </Button>
          )}
        </>
      )}
    </Drawer>
  );
}
