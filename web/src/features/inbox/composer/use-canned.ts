import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { CannedReply, FilledReply, Page } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { useDebounced } from "@/lib/use-debounced";
import { toast } from "@/ui";
import type { EditorHandle, EditorProps } from "./editor";

/** The list behind the slash: what matches, which row is chosen, the keys that move in it, and filling one in. */
export function useCanned(conversationId: string, editor: () => EditorHandle | null, onFiles: (files: FilledReply["attachments"]) => void) {
  const { t } = useTranslation("canned");
  const [query, setQuery] = useState<string | null>(null);
  const [dismissed, setDismissed] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [busy, setBusy] = useState(false);
  const post = usePostOnce();
  // Enter pressed before the list for these words was there: the first of them is meant.
  const [eager, setEager] = useState(false);
  const asked = useDebounced(query ?? "", 120);
  const open = query !== null && !dismissed;
  const list = useQuery({
    queryKey: ["canned-replies", "list", asked],
    queryFn: ({ signal }) => api.get<Page<CannedReply>>(`/canned-replies?limit=30&text=${encodeURIComponent(asked)}`, { signal }),
    enabled: open,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
  const found = list.data?.data ?? [];
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  // What is shown while the next list comes belongs to other words.
  const settled = asked === (query ?? "") && !list.isPlaceholderData && !list.isPending;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation has its own words
  useEffect(() => setQuery(null), [conversationId]);

  const onSlash: EditorProps["onSlash"] = (next) => {
    if (next === query) return;
    if (next === null) setDismissed(false);
    setEager(false);
    setQuery(next);
    setChosen(0);
  };

  const pick = async (reply: CannedReply | undefined) => {
    if (!reply || busy) return;
    setBusy(true);
    try {
      const filled = await post<FilledReply>(`/canned-replies/${reply.id}/use`, { conversation_id: conversationId });
      editor()?.fill?.({ text: filled.text, html: filled.html });
      if (filled.attachments.length) onFiles(filled.attachments);
      setQuery(null);
    } catch (e) {
      toast.error((e instanceof ApiError && e.status !== 0 && e.detail) || t("failed"));
    } finally {
      setBusy(false);
    }
  };

  useEffect(() => {
    if (!eager || !settled) return;
    setEager(false);
    if (open) void pick(found[0]);
  });

  const onKey: EditorProps["onKey"] = (e) => {
    if (!open || e.isComposing || e.metaKey || e.ctrlKey) return false;
    if (e.key === "Escape") setDismissed(true);
    // Behind words that match nothing more, Enter begins a line as always.
    else if (!found.length && (settled || list.isError || /\s/.test(query))) return false;
    else if (e.key === "ArrowDown") setChosen((at + 1) % Math.max(1, found.length));
    else if (e.key === "ArrowUp") setChosen((at + found.length - 1) % Math.max(1, found.length));
    else if ((e.key === "Enter" && !e.shiftKey) || e.key === "Tab") {
      if (settled) void pick(found[at]);
      else setEager(true);
    } else return false;
    e.preventDefault();
    return true;
  };

  return {
    open: open && !(list.data && !found.length && /\s/.test(query ?? "")),
    query: query ?? "",
    found,
    chosen: at,
    choose: setChosen,
    waiting: list.isPending,
    failed: list.isError,
    busy,
    onSlash,
    onKey,
    pick,
  };
}
