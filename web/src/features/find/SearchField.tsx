import { Search, X } from "lucide-react";
import { type RefObject, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { IconButton } from "@/ui";
import { accept, type Operator, suggest } from "./operators";
import { useValues } from "./use-values";

interface Props {
  text: string;
  onText: (text: string) => void;
  field: RefObject<HTMLInputElement | null>;
  /** Enter, where no suggestion is chosen. */
  onEnter: () => void;
}

/** The words to look for; completes operators and what may stand after them. */
export function SearchField({ text, onText, field, onEnter }: Props) {
  const { t } = useTranslation("find");
  const id = useId();
  const [cursor, setCursor] = useState(text.length);
  const [open, setOpen] = useState(false);
  const [chosen, choose] = useState(-1);
  const values = useValues(open ? text.slice(0, cursor) : "");
  const list = useMemo(() => (open ? suggest(text, cursor, values, (o: Operator) => t(`operator.${o}`)) : []), [open, text, cursor, values, t]);
  const shown = list.length > 0;
  const at = Math.min(chosen, list.length - 1);

  const follow = () => setCursor(field.current?.selectionStart ?? text.length);
  const take = (i: number) => {
    const s = list[i];
    if (!s) return;
    const next = accept(text, cursor, s);
    onText(next.text);
    setCursor(next.cursor);
    choose(-1);
    setOpen(!!s.goesOn);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.cursor, next.cursor);
    });
  };

  return (
    <search className="relative flex h-11 items-center gap-2.5 rounded-md border border-line-control bg-raised ps-3 pe-1 focus-within:outline-2 focus-within:outline-focus">
      <Search className="size-[18px] shrink-0 text-ink-3" aria-hidden />
      <input
        ref={field}
        id="find-input"
        type="text"
        role="combobox"
        enterKeyHint="search"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={400}
        value={text}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && at >= 0 ? `${id}-${at}` : undefined}
        aria-label={t("input")}
        aria-describedby={`${id}-help`}
        placeholder={t("input")}
        onChange={(e) => {
          onText(e.target.value);
          setCursor(e.target.selectionStart ?? e.target.value.length);
          choose(-1);
          setOpen(true);
        }}
        onSelect={follow}
        onFocus={() => setOpen(!text)}
        onBlur={() => setOpen(false)}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (shown && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
            // The list first; below its end come the results.
            if (e.key === "ArrowUp" && at < 0) return;
            if (e.key === "ArrowDown" && at === list.length - 1) return setOpen(false);
            choose(e.key === "ArrowDown" ? at + 1 : at - 1);
            e.preventDefault();
            e.stopPropagation();
          } else if (shown && at >= 0 && (e.key === "Enter" || e.key === "Tab")) {
            e.preventDefault();
            e.stopPropagation();
            take(at);
          } else if (shown && e.key === "Escape") {
            e.preventDefault();
            e.stopPropagation();
            setOpen(false);
          } else if (e.key === "Enter") {
            setOpen(false);
            onEnter();
          }
        }}
        className="h-full min-w-0 flex-1 bg-transparent text-md outline-none placeholder:text-ink-3 max-md:text-[16px]"
      />
      <span id={`${id}-help`} className="sr-only">
        {t("help")}
      </span>
      {text && (
        <IconButton
          label={t("clear")}
          onClick={() => {
            onText("");
            setCursor(0);
            field.current?.focus();
          }}
        >
          <X />
        </IconButton>
      )}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={t("suggestions")}
        hidden={!shown}
        className="pop scroll absolute inset-x-0 top-full z-20 mt-1.5 max-h-[min(26rem,70vh)] overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-3"
      >
        {list.map((s, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field above
          <div
            key={s.insert}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            // Before the field loses the focus, and with it the list.
            onPointerDown={(e) => e.preventDefault()}
            onPointerMove={() => choose(i)}
            onClick={() => take(i)}
            className={cn("flex min-h-8 items-center gap-3 rounded-sm px-2 text-sm max-md:min-h-11", i === at && "bg-hover")}
          >
            <span className={cn("shrink-0", s.goesOn && "font-medium text-accent-ink")}>{s.label}</span>
            {s.hint && <span className="min-w-0 truncate text-ink-3">{s.hint}</span>}
          </div>
        ))}
      </div>
    </search>
  );
}
