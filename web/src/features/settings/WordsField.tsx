import { X } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  label: string;
  hint?: ReactNode;
  error?: string;
  optional?: boolean;
  placeholder?: string;
  /** Spaces belong to the texts. */
  spaces?: boolean;
  value: readonly string[];
  onChange: (value: string[]) => void;
}

/** A list of short texts: Enter, comma, a space where none belongs to them, or leaving the field adds what was typed. */
export function WordsField({ label, hint, error, optional, placeholder, spaces, value, onChange }: Props) {
  const { t } = useTranslation(["settings", "form"]);
  const id = useId();
  const [text, setText] = useState("");
  const add = (raw: string) => {
    const words = spaces
      ? raw
          .split(",")
          .map((w) => w.trim())
          .filter(Boolean)
      : raw.split(/[,\s]+/).filter(Boolean);
    if (words.length) onChange([...new Set([...value, ...words])]);
    setText("");
  };
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
        {optional && <span className="font-normal text-ink-3"> ({t("form:optional")})</span>}
      </label>
      <div className="flex min-h-9 flex-wrap items-center gap-1.5 rounded-sm border border-line-control bg-raised px-1.5 py-1 has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-focus max-md:min-h-11">
        {value.map((word) => (
          <span key={word} className="flex min-w-0 items-center gap-1 rounded-xs bg-hover ps-2 text-sm">
            <span className="truncate">{word}</span>
            <button
              type="button"
              aria-label={t("removeNamed", { name: word })}
              onClick={() => onChange(value.filter((w) => w !== word))}
              className="grid size-6 shrink-0 place-items-center rounded-xs text-ink-3 hover:bg-press hover:text-ink max-md:size-9"
            >
              <X className="size-3.5" aria-hidden />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={text}
          placeholder={value.length ? undefined : placeholder}
          autoCapitalize="off"
          spellCheck={false}
          aria-describedby={[hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined}
          aria-invalid={error ? true : undefined}
          onChange={(e) => ((spaces ? /,$/ : /[,\s]$/).test(e.target.value) ? add(e.target.value) : setText(e.target.value))}
          onBlur={() => add(text)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && text) {
              e.preventDefault();
              add(text);
            } else if (e.key === "Backspace" && !text && value.length) onChange(value.slice(0, -1));
          }}
          className="h-7 min-w-24 flex-1 bg-transparent px-1 text-sm outline-none placeholder:text-ink-3 max-md:text-[16px]"
        />
      </div>
      {hint && (
        <div id={`${id}-hint`} className="mt-1.5 text-xs text-ink-3">
          {hint}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} className="mt-1.5 text-xs font-medium text-bad">
          {error}
        </div>
      )}
    </div>
  );
}
