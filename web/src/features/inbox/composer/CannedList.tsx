import { Link } from "@tanstack/react-router";
import { Paperclip } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { useCanned } from "./use-canned";

export const LIST = "canned-list";
export const rowId = (i: number) => `canned-${i}`;

/** Above the field while something stands behind a slash. The field keeps the focus and moves in here by its keys. */
export function CannedList({ canned }: { canned: ReturnType<typeof useCanned> }) {
  const { t } = useTranslation("canned");
  const active = useRef<HTMLDivElement>(null);
  const { found, chosen, query, waiting, failed } = canned;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen row is brought into sight
  useEffect(() => {
    active.current?.scrollIntoView({ block: "nearest" });
  }, [chosen, found]);
  if (!canned.open) return null;
  return (
    <div className="pop absolute inset-x-2 bottom-full z-20 mb-1.5 max-w-[520px] rounded-lg border border-line bg-raised shadow-3">
      <div id={LIST} role="listbox" aria-label={t("list")} className="scroll max-h-[min(340px,42vh)] overflow-y-auto p-1">
        {found.map((r, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the text field keeps the focus and handles the keys
          <div
            key={r.id}
            id={rowId(i)}
            ref={i === chosen ? active : undefined}
            role="option"
            aria-selected={i === chosen}
            className={cn("rounded-sm px-2.5 py-1.5 max-md:py-2.5", i === chosen && "bg-hover")}
            onMouseDown={(e) => e.preventDefault()}
            onPointerMove={() => i !== chosen && canned.choose(i)}
            onClick={() => void canned.pick(r)}
          >
            <div className="flex items-baseline gap-2 text-sm">
              <span className="min-w-0 truncate font-medium">{r.title}</span>
              {r.shortcut && <span className="min-w-0 shrink truncate text-2xs text-accent-ink">/{r.shortcut}</span>}
              <span className="flex-1" />
              {r.attachments.length > 0 && <Paperclip className="size-3 shrink-0 self-center text-ink-3" aria-label={t("hasFiles")} />}
              {r.scope === "mine" && <span className="shrink-0 text-2xs text-ink-3">{t("mine")}</span>}
              {r.folder && <span className="max-w-32 shrink-0 truncate text-2xs text-ink-3">{r.folder}</span>}
            </div>
            <p className={cn("text-xs text-ink-3 [overflow-wrap:anywhere]", i === chosen ? "line-clamp-3 whitespace-pre-line" : "truncate")}>{r.text.replace(/\n+/g, "\n")}</p>
          </div>
        ))}
        {!found.length && (
          <p role="status" className="px-2.5 py-2 text-sm text-ink-3">
            {t(failed ? "failed" : waiting ? "loading" : query ? "noMatch" : "empty", { query })}
          </p>
        )}
      </div>
      <div className="flex items-center gap-3 border-t border-line px-3 py-1.5 text-2xs text-ink-3">
        <span className="max-md:hidden">{t("keys")}</span>
        <Link to="/settings/canned-replies" className="ms-auto rounded-xs hover:text-ink hover:underline max-md:py-2" onMouseDown={(e) => e.preventDefault()}>
          {t("manage")}
        </Link>
      </div>
    </div>
  );
}
