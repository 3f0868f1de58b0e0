import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { complete, type FilterNode, rootOf } from "@/lib/filters";
import { useDebounced } from "@/lib/use-debounced";
import { Button, Dialog, ErrorState, Skeleton } from "@/ui";
import { builderPath, RuleGroup } from "@/ui/rules/RuleGroup";
import { useFilterCount, useGrammarQuery } from "../data";
import { useLookups } from "./use-lookups";

interface Props {
  value: FilterNode;
  onClose: () => void;
  onApply: (filter: FilterNode) => void;
  /** Keeps it under a name. */
  onSave: (filter: FilterNode) => void;
}

/** Builds a filter; says while one builds how many conversations it holds. */
export function FilterDialog({ value, onClose, onApply, onSave }: Props) {
  const { t, i18n } = useTranslation("filters");
  const query = useGrammarQuery();
  const grammar = query.data;
  const lookups = useLookups();
  const [draft, setDraft] = useState<FilterNode>(value);
  const ready = grammar ? complete(grammar.fields, draft) : draft;
  const asked = useDebounced(JSON.stringify(ready), 250);
  const count = useFilterCount(grammar ? (JSON.parse(asked) as FilterNode) : null);
  const wrong = count.error instanceof ApiError ? Object.fromEntries(count.error.fields.map((f) => [builderPath(f.field), f.detail])) : {};
  const empty = !rootOf(ready).members.length;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("title")} className="w-[min(720px,calc(100vw-24px))]">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (!count.isError) onApply(ready);
        }}
      >
        {grammar ? (
          <RuleGroup grammar={grammar} value={draft} onChange={setDraft} lookups={lookups} errors={wrong} />
        ) : query.isError ? (
          <ErrorState title={t("notLoaded")} error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <div className="space-y-2">
            <Skeleton className="h-8" />
            <Skeleton className="h-8" />
          </div>
        )}
        <div className="sticky -bottom-5 -mx-5 mt-4 -mb-5 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-raised px-5 py-3">
          <p role="status" className="tnum min-h-5 min-w-32 flex-1 text-sm text-ink-2 max-[479px]:w-full max-[479px]:flex-none">
            {count.isError
              ? Object.keys(wrong).length
                ? ""
                : t("notCounted")
              : count.data === undefined || count.isPlaceholderData
                ? t("counting")
                : t("matching", { count: count.data, n: count.data.toLocaleString(i18n.language) })}
          </p>
          <Button variant="ghost" onClick={() => setDraft({ and: [] })}>
            {t("clear")}
          </Button>
          <Button disabled={empty || count.isError} onClick={() => onSave(ready)}>
            {t("save")}
          </Button>
          <Button type="submit" variant="primary" disabled={!grammar || count.isError}>
            {t("apply")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
