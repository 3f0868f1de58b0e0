import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";

interface Props {
  label: string;
  value: string;
  multiline?: boolean;
  required?: boolean;
  maxLength?: number;
  onSave: (value: string) => Promise<void>;
}

/** A value that becomes a field when pressed; Enter or leaving saves, Escape gives up. */
export function InlineField({ label, value, multiline, required, maxLength = 200, onSave }: Props) {
  const { t } = useTranslation("contacts");
  const id = useId();
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState(value);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const back = useRef(false);

  useEffect(() => {
    if (editing) box.current?.focus();
    else if (back.current) button.current?.focus();
    back.current = false;
  }, [editing]);

  const save = async (refocus: boolean) => {
    if (busy) return;
    const next = text.trim();
    if (next === value) {
      back.current = refocus;
      setEditing(false);
      setError(null);
      return;
    }
    if (required && !next) return setError(t("required"));
    setBusy(true);
    setError(null);
    try {
      await onSave(next);
      back.current = refocus;
      setEditing(false);
    } catch (e) {
      setError(e instanceof ApiError ? (e.fields[0]?.detail ?? (e.detail || t("saveFailed"))) : t("saveFailed"));
    } finally {
      setBusy(false);
    }
  };
  const shared = {
    ref: box,
    id,
    value: text,
    maxLength,
    readOnly: busy,
    // Within a drawer, Escape leaves the field and not the drawer.
    "data-own-escape": "",
    "aria-invalid": error ? true : undefined,
    "aria-describedby": error ? `${id}-error` : undefined,
    onBlur: () => void save(false),
    className: "w-full rounded-sm border border-line-control bg-raised px-2 py-1 text-sm aria-invalid:border-bad max-md:py-2.5 max-md:text-[16px]",
  };
  const key = (e: React.KeyboardEvent) => {
    if (e.key === "Escape") {
      e.stopPropagation();
      setText(value);
      setError(null);
      back.current = true;
      setEditing(false);
    } else if (e.key === "Enter" && !e.nativeEvent.isComposing && (!multiline || e.metaKey || e.ctrlKey)) {
      e.preventDefault();
      void save(true);
    }
  };

  return (
    <div className="py-1">
      {editing ? (
        <>
          <label htmlFor={id} className="mb-0.5 block text-xs text-ink-3">
            {label}
          </label>
          {multiline ? (
            <textarea {...shared} rows={4} onChange={(e) => setText(e.target.value)} onKeyDown={key} />
          ) : (
            <input {...shared} onChange={(e) => setText(e.target.value)} onKeyDown={key} />
          )}
          {error && (
            <div id={`${id}-error`} role="alert" className="mt-1 text-xs font-medium text-bad">
              {error}
            </div>
          )}
        </>
      ) : (
        <button
          ref={button}
          type="button"
          onClick={() => {
            setText(value);
            setEditing(true);
          }}
          className="-mx-2 block w-[calc(100%+16px)] rounded-sm px-2 py-1 text-start hover:bg-hover"
        >
          <span className="block text-xs text-ink-3">{label}</span>
          <span className={`block text-sm whitespace-pre-wrap [overflow-wrap:anywhere] ${value ? "text-ink" : "text-ink-3"}`}>{value || t("add")}</span>
        </button>
      )}
    </div>
  );
}
