import { Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { narrowed } from "@/lib/narrow";
import { TextField } from "@/ui/form";

/** From so many rows on nobody wants to read them all. */
const MANY = 12;

/** A list that can be searched once it is long: the rows to show, and the field that stands above them. */
export function useSearchable<T>(all: readonly T[], textOf: (row: T) => string): { rows: T[]; search: ReactNode } {
  const { t } = useTranslation("settings");
  const [text, setText] = useState("");
  if (all.length < MANY) return { rows: [...all], search: null };
  const rows = narrowed(all, text, textOf);
  return {
    rows,
    search: (
      <div className="mb-3">
        <div className="relative max-w-80 max-md:max-w-none">
          <Search className="pointer-events-none absolute start-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
          <TextField
            label={t("list.search")}
            hideLabel
            placeholder={t("list.search")}
            value={text}
            onChange={setText}
            className="[&_input]:ps-8"
            type="search"
            autoComplete="off"
            onKeyDown={(e) => {
              if (e.key !== "Escape" || !text) return;
              e.stopPropagation();
              setText("");
            }}
          />
        </div>
        <p role="status" className={rows.length ? "sr-only" : "mt-4 text-sm text-ink-3"}>
          {text.trim() && (rows.length ? t("list.found", { count: rows.length }) : t("list.noMatch", { text: text.trim() }))}
        </p>
      </div>
    ),
  };
}
