import { ExternalLink } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import type { AttributeDefinition } from "@/api/types";
import { type AttributeValue, editable, said, typed } from "@/lib/attributes";
import { Button } from "./Button";
import { Switch } from "./Switch";

interface Props {
  definitions: readonly AttributeDefinition[];
  values: Record<string, unknown>;
  /** Keeps one value; null takes it away. Fails with the server's words. */
  onSave: (key: string, value: AttributeValue) => Promise<unknown>;
  readOnly?: boolean;
}

/** Custom attributes, each edited where it stands. */
export function AttributeFields({ definitions, values, onSave, readOnly }: Props) {
  return (
    <ul>
      {definitions.map((d) => (
        <li key={d.id}>
          <AttributeField definition={d} value={values[d.key]} onSave={(v) => onSave(d.key, v)} readOnly={readOnly} />
        </li>
      ))}
    </ul>
  );
}

const box = "w-full rounded-sm border border-line-control bg-raised px-2 py-1 text-sm aria-invalid:border-bad max-md:py-2.5 max-md:text-[16px]";

/** One value: pressed, it becomes the field of its kind; Enter or leaving saves, Escape gives up. */
export function AttributeField({
  definition: d,
  value,
  onSave,
  readOnly,
}: {
  definition: AttributeDefinition;
  value: unknown;
  onSave: (v: AttributeValue) => Promise<unknown>;
  readOnly?: boolean;
}) {
  const { t, i18n } = useTranslation("attributes");
  const id = useId();
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement & HTMLSelectElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const back = useRef(false);
  const answer = useRef<HTMLDivElement>(null);
  const answered = useRef(false);
  // The arrows on a closed list choose one after another; only what is picked with the pointer is meant at once.
  const byKey = useRef(false);
  useEffect(() => {
    if (editing) field.current?.focus();
    else if (back.current) button.current?.focus();
    back.current = false;
  }, [editing]);

  // The buttons that asked are gone with the answer; the switch in their place goes on with the focus.
  const keep = async (next: AttributeValue, refocus: boolean) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await onSave(next);
      back.current = refocus;
      setEditing(false);
    } catch (e) {
      answered.current = false;
      setError((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("failed"));
    } finally {
      setBusy(false);
    }
  };
  // The buttons that asked are gone with the answer; the switch in their place goes on with the focus.
  useEffect(() => {
    if (busy || !answered.current || typeof value !== "boolean") return;
    answered.current = false;
    answer.current?.querySelector("button")?.focus();
  }, [value, busy]);

  const leave = (refocus: boolean) => {
    setError(null);
    back.current = refocus;
    setEditing(false);
  };
  const done = (refocus: boolean, given = text) => {
    const next = typed(d, given, i18n.language);
    if (next === undefined) return setError(t("noNumber"));
    if (next === (value ?? null)) return leave(refocus);
    void keep(next, refocus);
  };
  const key = (e: React.KeyboardEvent) => {
    byKey.current = true;
    if (e.key === "Escape") {
      e.stopPropagation();
      leave(true);
    } else if (e.key === "Enter" && !e.nativeEvent.isComposing) {
      e.preventDefault();
      done(true);
    }
  };
  const shown = said(d, value, i18n.language, { yes: t("yes"), no: t("no") });
  const wrong = error && (
    <div id={`${id}-error`} role="alert" className="mt-1 text-xs font-medium text-bad">
      {error}
    </div>
  );

  if (d.kind === "checkbox") {
    const say = (yes: boolean) => {
      answered.current = true;
      void keep(yes, false);
    };
    return (
      <div className="py-1.5">
        <div ref={answer} className="flex items-center justify-between gap-3">
          <span className="min-w-0 text-xs text-ink-3 [overflow-wrap:anywhere]">{d.name}</span>
          {typeof value === "boolean" ? (
            <Switch label={d.name} checked={value} disabled={readOnly || busy} onChange={(on) => void keep(on, false)} />
          ) : readOnly ? (
            <span className="text-sm text-ink-3">{t("nothing")}</span>
          ) : (
            // Not answered is not the same as No.
            <fieldset className="flex shrink-0 gap-1.5">
              <legend className="sr-only">{d.name}</legend>
              <Button size="sm" disabled={busy} onClick={() => say(true)}>
                {t("yes")}
              </Button>
              <Button size="sm" disabled={busy} onClick={() => say(false)}>
                {t("no")}
              </Button>
            </fieldset>
          )}
        </div>
        {wrong}
      </div>
    );
  }
  if (!editing) {
    const link = d.kind === "link" && typeof value === "string" && /^https?:\/\//.test(value) ? value : null;
    return (
      <div className="flex items-end gap-1 py-1">
        <button
          ref={button}
          type="button"
          disabled={readOnly}
          onClick={() => {
            setText(editable(value, i18n.language));
            setEditing(true);
          }}
          className="-mx-2 block min-w-0 flex-1 rounded-sm px-2 py-1 text-start enabled:hover:bg-hover"
        >
          <span className="block text-xs text-ink-3 [overflow-wrap:anywhere]">{d.name}</span>
          <span className={`block text-sm [overflow-wrap:anywhere] ${shown ? "text-ink" : "text-ink-3"}`}>{shown || t(readOnly ? "nothing" : "add")}</span>
        </button>
        {link && (
          <a
            href={link}
            target="_blank"
            rel="noopener noreferrer"
            aria-label={t("open", { name: d.name })}
            className="grid size-7 shrink-0 place-items-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink max-md:size-11"
          >
            <ExternalLink className="size-3.5" aria-hidden />
          </a>
        )}
      </div>
    );
  }
  const shared = {
    ref: field,
    id,
    // Within a drawer, Escape leaves the field and not the drawer.
    "data-own-escape": "",
    "aria-invalid": error ? true : undefined,
    "aria-describedby": error ? `${id}-error` : undefined,
    onKeyDown: key,
    className: box,
  };
  return (
    <div className="py-1">
      <label htmlFor={id} className="mb-0.5 block text-xs text-ink-3">
        {d.name}
        {d.kind === "currency" && ` (${d.currency})`}
        {d.kind === "percent" && " (%)"}
      </label>
      {d.kind === "list" ? (
        <select
          {...shared}
          value={text}
          disabled={busy}
          onPointerDown={() => {
            byKey.current = false;
          }}
          onBlur={() => !busy && done(false)}
          onChange={(e) => {
            setText(e.target.value);
            setError(null);
            if (!byKey.current) done(true, e.target.value);
          }}
        >
          <option value="">{t("none")}</option>
          {text && !d.options.includes(text) && <option value={text}>{text}</option>}
          {d.options.map((o) => (
            <option key={o} value={o}>
              {o}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type={d.kind === "date" ? "date" : d.kind === "link" ? "url" : "text"}
          inputMode={d.kind === "number" || d.kind === "currency" || d.kind === "percent" ? "decimal" : undefined}
          placeholder={d.kind === "link" ? "https://" : undefined}
          maxLength={d.kind === "link" ? 2000 : 1000}
          value={text}
          readOnly={busy}
          onBlur={() => done(false)}
          onChange={(e) => {
            setText(e.target.value);
            setError(null);
          }}
        />
      )}
      {wrong}
    </div>
  );
}
