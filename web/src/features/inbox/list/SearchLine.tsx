import { Search, X } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  text: string;
  onText: (text: string) => void;
  onClose: () => void;
  onEnter: () => void;
  field: RefObject<HTMLInputElement | null>;
}

/** Searches the list that is shown; the server looks through the messages. */
export function SearchLine({ text, onText, onClose, onEnter, field }: Props) {
  const { t } = useTranslation("inbox");
  const [value, setValue] = useState(text);
  const latest = useRef(onText);
  useEffect(() => {
    latest.current = onText;
  });
  useEffect(() => {
    if (value.trim() === text) return;
    const wait = setTimeout(() => latest.current(value.trim()), 200);
    return () => clearTimeout(wait);
  }, [value, text]);
  return (
    <div
      role="search"
      className="mx-4 mb-2 flex h-8 shrink-0 items-center gap-2 rounded-sm border border-line-control bg-raised ps-2.5 pe-1 focus-within:outline-2 focus-within:outline-focus max-md:h-11"
    >
      <Search className="size-4 shrink-0 text-ink-3" aria-hidden />
      <input
        ref={field}
        // biome-ignore lint/a11y/noAutofocus: it opens because somebody asked for it
        autoFocus
        value={value}
        enterKeyHint="search"
        autoComplete="off"
        aria-label={t("list.search")}
        placeholder={t("list.searchHint")}
        onChange={(e) => setValue(e.target.value)}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (e.key === "Escape") onClose();
          if (e.key === "Enter" || e.key === "ArrowDown") {
            e.preventDefault();
            onEnter();
          }
        }}
        className="min-w-0 flex-1 bg-transparent text-sm outline-none placeholder:text-ink-3 max-md:text-[16px]"
      />
      <button
        type="button"
        aria-label={t("list.searchClose")}
        onClick={onClose}
        className="grid size-6 shrink-0 place-items-center rounded-xs text-ink-3 hover:bg-hover max-md:size-11"
      >
        <X className="size-4" aria-hidden />
      </button>
    </div>
  );
}
