import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, Play, Search, X, Zap } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { ConversationDetail, Macro, MacroPreview, Page } from "@/api/types";
import { useActs, useMe } from "@/features/inbox/data";
import { cn } from "@/lib/cn";
import { useDebounced } from "@/lib/use-debounced";
import { useNarrow } from "@/lib/use-narrow";
import { Button, Dialog, ErrorState, IconButton } from "@/ui";
import { MacroSteps } from "./MacroSteps";

/** Finds a macro by name, shows what it would do here, and does it. */
export default function MacroDialog({ detail, seen, onClose }: { detail: ConversationDetail; seen: number; onClose: () => void }) {
  const { t } = useTranslation("macros");
  const acts = useActs();
  const me = useMe();
  const narrow = useNarrow();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [shown, show] = useState(false);
  const [busy, setBusy] = useState(false);
  const active = useRef<HTMLDivElement>(null);
  const asked = useDebounced(text.trim(), 120);
  const list = useQuery({
    queryKey: ["macros", "list", asked],
    queryFn: () => api.get<Page<Macro>>(`/macros?limit=50&text=${encodeURIComponent(asked)}`),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const found = list.data?.data ?? [];
  const chosen = found[Math.min(at, found.length - 1)];
  const chosenId = useDebounced(chosen?.id, 80);
  const preview = useQuery({
    queryKey: ["macro-preview", detail.id, chosenId, detail.updated_at],
    queryFn: () => api.get<MacroPreview>(`/conversations/${detail.id}/macros/${chosenId}/preview`),
    enabled: !!chosenId,
    staleTime: 10_000,
    retry: false,
  });
  // What is shown while the next list comes belongs to other words.
  const listSettled = asked === text.trim() && !list.isPlaceholderData;
  const settled = listSettled && chosenId === chosen?.id && !!preview.data;
  const refused = preview.data?.reply?.refused?.detail;
  const open = preview.data?.reply?.missing.length ? preview.data.reply.missing : null;

  useEffect(() => {
    if (chosen) active.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const run = async () => {
    if (!chosen || !settled || refused || busy) return;
    setBusy(true);
    const undo = typeof me?.preferences.undo_seconds === "number" ? me.preferences.undo_seconds : 10;
    const done = await acts.runMacro(detail.id, chosen, { allow_missing: !!open, seen_message_count: seen, undo_seconds: undo });
    setBusy(false);
    if (done) onClose();
  };

  const listed = (
    <div className={cn("flex min-h-0 flex-col border-line md:w-64 md:shrink-0 md:border-e", narrow && shown && "hidden")}>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search className="size-4 shrink-0 text-ink-3" aria-hidden />
        <input
          // biome-ignore lint/a11y/noAutofocus: it opens on request, to be typed into
          autoFocus
          role="combobox"
          aria-label={t("search")}
          aria-expanded
          aria-controls="macro-list"
          aria-activedescendant={chosen ? `macro-${chosen.id}` : undefined}
          placeholder={t("search")}
          value={text}
          onChange={(e) => (setText(e.target.value), setAt(0))}
          onKeyDown={(e) => {
            if (e.nativeEvent.isComposing) return;
            const to = Math.min(at, found.length - 1);
            if (e.key === "ArrowDown") setAt((to + 1) % Math.max(1, found.length));
            else if (e.key === "ArrowUp") setAt((to - 1 + found.length) % Math.max(1, found.length));
            else if (e.key === "Enter") void run();
            else return;
            e.preventDefault();
          }}
          className="h-12 min-w-0 flex-1 bg-transparent text-sm outline-none placeholder:text-ink-3 max-md:text-[16px]"
        />
        <span className="-me-2 md:hidden">
          <IconButton label={t("close")} onClick={onClose}>
            <X />
          </IconButton>
        </span>
      </div>
      <div id="macro-list" role="listbox" aria-label={t("title")} className="scroll min-h-0 flex-1 overflow-y-auto p-1.5">
        {found.map((m, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field above
          <div
            key={m.id}
            id={`macro-${m.id}`}
            ref={m === chosen ? active : undefined}
            role="option"
            tabIndex={-1}
            aria-selected={m === chosen}
            onClick={() => (setAt(i), show(true))}
            className={cn("flex min-h-9 items-center gap-2.5 rounded-sm px-2.5 text-sm max-md:min-h-12", m === chosen ? "bg-hover font-medium" : "hover:bg-hover/60")}
          >
            <Zap className="size-4 shrink-0 text-ink-3" aria-hidden />
            <span className="min-w-0 flex-1 truncate">{m.name}</span>
            {m.scope === "mine" && <span className="shrink-0 text-2xs font-normal text-ink-3">{t("mine")}</span>}
          </div>
        ))}
        {list.isError ? (
          <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          !found.length && (
            <p role="status" className="px-2.5 py-3 text-sm text-ink-3">
              {t(list.isPending ? "loading" : asked ? "noMatch" : "empty")}
            </p>
          )
        )}
      </div>
      <Link to="/settings/macros" onClick={onClose} className="border-t border-line px-4 py-2 text-2xs text-ink-3 hover:text-ink hover:underline max-md:py-3.5">
        {t("manage")}
      </Link>
    </div>
  );
  const what = (
    <div className={cn("flex min-h-0 min-w-0 flex-1 flex-col", narrow && !shown && "hidden")}>
      <div className="scroll min-h-0 flex-1 overflow-y-auto p-5 max-md:p-4">
        {narrow && (
          <Button variant="ghost" className="mb-3 -ms-2" onClick={() => show(false)}>
            <ArrowLeft aria-hidden /> {t("back")}
          </Button>
        )}
        {chosen && <h3 className="mb-3 text-md font-semibold [overflow-wrap:anywhere]">{chosen.name}</h3>}
        {preview.isError ? (
          <ErrorState title={t("previewFailed")} error={preview.error} onRetry={() => void preview.refetch()} />
        ) : preview.data && chosen ? (
          <MacroSteps preview={preview.data} />
        ) : (
          chosen && (
            <div aria-hidden className="space-y-3">
              <div className="skel h-20" />
              <div className="skel h-4 w-1/2" />
              <div className="skel h-4 w-1/3" />
            </div>
          )
        )}
      </div>
      {chosen && (
        <div className="flex items-center gap-3 border-t border-line px-5 py-3 max-md:px-4">
          <p className="min-w-0 flex-1 text-xs text-ink-3">{t("undoable")}</p>
          <Button variant="primary" loading={busy} disabled={!settled || !!refused} title={refused} onClick={() => void run()}>
            <Play aria-hidden /> {t(open ? "runAnyway" : "run")}
          </Button>
        </div>
      )}
    </div>
  );
  return (
    <Dialog
      open
      onOpenChange={(o) => !o && onClose()}
      title={t("title")}
      bare
      className="flex h-[min(520px,76vh)] w-[min(760px,calc(100vw-24px))] overflow-hidden max-[479px]:h-auto max-md:flex-col"
    >
      {listed}
      {what}
    </Dialog>
  );
}
