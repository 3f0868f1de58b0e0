import { SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { conditionsOf } from "@/lib/filters";
import { Button } from "@/ui";
import { useFilterWords } from "@/ui/rules/words";
import { useGrammar } from "../data";
import { useLookups } from "../filters/use-lookups";
import { chip, type FilterBarProps, plain, set } from "./FilterBar";

/** A filter in words; what is not saved yet says so. */
export function Conditions({ filter, look, onBuild, onSaveChanges, onSaveNew, onDiscard }: FilterBarProps) {
  const { t } = useTranslation("filters");
  const grammar = useGrammar();
  const words = useFilterWords(grammar?.fields ?? [], useLookups());
  const all = conditionsOf(look.filter.filter);
  if (look.missing) return null;
  return (
    <div role="group" aria-label={t("title")} className="flex shrink-0 flex-wrap items-center gap-1.5 px-4 pb-2">
      <button
        type="button"
        onClick={onBuild}
        title={t("edit")}
        aria-label={`${t("edit")}: ${grammar ? all.map(words.sentence).join(", ") : ""}`}
        className={cn(chip, "max-w-full min-w-0 shrink ps-2.5 pe-2.5 max-md:ps-3.5", all.length ? set : plain)}
      >
        <SlidersHorizontal className="size-3.5 shrink-0 opacity-70" aria-hidden />
        <span className="truncate">{!grammar ? "" : all.length ? all.slice(0, 2).map(words.sentence).join(" · ") : t("view.everything")}</span>
        {all.length > 2 && <span className="tnum shrink-0">+{all.length - 2}</span>}
      </button>
      {look.view && look.changed && (
        <>
          <span role="status" className="inline-flex items-center gap-1.5 text-xs font-medium text-accent-ink">
            <span aria-hidden className="size-1.5 rounded-full bg-accent" />
            {t("changed")}
          </span>
          {look.view.editable && (
            <Button size="sm" variant="primary" onClick={onSaveChanges}>
              {t("saveChanges")}
            </Button>
          )}
          <Button size="sm" onClick={onSaveNew}>
            {t("saveNew")}
          </Button>
          <Button size="sm" variant="ghost" onClick={onDiscard}>
            {t("discard")}
          </Button>
        </>
      )}
      {!filter.view && (
        <>
          <Button size="sm" onClick={onSaveNew}>
            {t("save")}
          </Button>
          <Button size="sm" variant="ghost" onClick={onDiscard}>
            {t("clear")}
          </Button>
        </>
      )}
    </div>
  );
}
