import { ChevronDown, Eye, EyeOff } from "lucide-react";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";

const edge =
  "w-full rounded-sm border border-line-control bg-raised px-2.5 text-sm text-ink outline-offset-0 placeholder:text-ink-3 disabled:cursor-not-allowed disabled:bg-subtle disabled:text-ink-3 aria-invalid:border-bad max-md:text-[16px]";

interface Shared {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | null;
  optional?: boolean;
  hideLabel?: boolean;
  className?: string;
}

function useField({ hint, error }: Shared) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [hintId, errorId].filter(Boolean).join(" ") || undefined;
  return { id, hintId, errorId, describedBy };
}

function Frame({ field, children, label, hint, error, optional, hideLabel, className }: Shared & { field: ReturnType<typeof useField>; children: ReactNode }) {
  const { t } = useTranslation("form");
  return (
    <div className={`min-w-0 ${className ?? ""}`}>
      <label htmlFor={field.id} className={hideLabel ? "sr-only" : "mb-1.5 block text-sm font-medium text-ink"}>
        {label}
        {optional && <span className="font-normal text-ink-3"> ({t("optional")})</span>}
      </label>
      {children}
      {hint && (
        <div id={field.hintId} className="mt-1.5 text-xs text-ink-3 [overflow-wrap:anywhere]">
          {hint}
        </div>
      )}
      {error && (
        <div id={field.errorId} className="mt-1.5 text-xs font-medium text-bad [overflow-wrap:anywhere]">
          {error}
        </div>
      )}
    </div>
  );
}

type TextFieldProps = Shared & Omit<ComponentProps<"input">, "onChange" | "value" | "className"> & { value: string; onChange: (value: string) => void };

export function TextField({ label, hint, error, optional, hideLabel, className, value, onChange, ...input }: TextFieldProps) {
  const shared = { label, hint, error, optional, hideLabel, className };
  const field = useField(shared);
  return (
    <Frame {...shared} field={field}>
      <input
        {...input}
        id={field.id}
        value={value}
        onChange={(e) => onChange(e.target.value)}
        aria-describedby={field.describedBy}
        aria-invalid={error ? true : undefined}
        className={`${edge} h-9 max-md:h-11`}
      />
    </Frame>
  );
}

export function PasswordField({ label, hint, error, optional, className, value, onChange, ...input }: TextFieldProps) {
  const { t } = useTranslation("form");
  const [shown, setShown] = useState(false);
  const shared = { label, hint, error, optional, className };
  const field = useField(shared);
  return (
    <Frame {...shared} field={field}>
      <div className="relative">
        <input
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck={false}
          {...input}
          type={shown ? "text" : "password"}
          id={field.id}
          value={value}
          onChange={(e) => onChange(e.target.value)}
          aria-describedby={field.describedBy}
          aria-invalid={error ? true : undefined}
          className={`${edge} h-9 pe-10 max-md:h-11 max-md:pe-12`}
        />
        <button
          type="button"
          aria-label={shown ? t("hidePassword") : t("showPassword")}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="absolute end-0.5 top-1/2 grid size-8 -translate-y-1/2 place-items-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink max-md:size-10"
        >
          {shown ? <EyeOff className="size-4" aria-hidden /> : <Eye className="size-4" aria-hidden />}
        </button>
      </div>
    </Frame>
  );
}

type AreaProps = Shared & Omit<ComponentProps<"textarea">, "onChange" | "value" | "className"> & { value: string; onChange: (value: string) => void };

export function AreaField({ label, hint, error, optional, hideLabel, className, value, onChange, rows = 3, ...area }: AreaProps) {
  const shared = { label, hint, error, optional, hideLabel, className };
  const field = useField(shared);
  return (
    <Frame {...shared} field={field}>
      <textarea
        dir={value ? "auto" : undefined}
        {...area}
        rows={rows}
        id={field.id}
        value={value}
        onChange={(e) => onChange(e.target.value)}
        aria-describedby={field.describedBy}
        aria-invalid={error ? true : undefined}
        className={`${edge} block min-h-16 resize-y py-2 leading-[18px]`}
      />
    </Frame>
  );
}

type ChoiceProps = Shared & { value: string; onChange: (value: string) => void; options: readonly { value: string; label: string }[]; disabled?: boolean; autoComplete?: string };

/** The browser's own list: type-ahead and long lists work on every device. */
export function ChoiceField({ label, hint, error, optional, hideLabel, className, value, onChange, options, ...select }: ChoiceProps) {
  const shared = { label, hint, error, optional, hideLabel, className };
  const field = useField(shared);
  return (
    <Frame {...shared} field={field}>
      <div className="relative">
        <select
          {...select}
          id={field.id}
          value={value}
          onChange={(e) => onChange(e.target.value)}
          aria-describedby={field.describedBy}
          aria-invalid={error ? true : undefined}
          className={`${edge} h-9 appearance-none truncate pe-8 max-md:h-11`}
        >
          {options.map((o) => (
            <option key={o.value} value={o.value}>
              {o.label}
            </option>
          ))}
        </select>
        <ChevronDown className="pointer-events-none absolute end-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
      </div>
    </Frame>
  );
}

/** A switch with its label beside it; the whole row may be pressed. */
export function SwitchField({
  label,
  hint,
  error,
  checked,
  onChange,
  disabled,
  className,
}: Omit<Shared, "optional" | "hideLabel"> & { checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }) {
  const field = useField({ label, hint, error });
  return (
    <div className={`flex items-start gap-3 ${className ?? ""}`}>
      <button
        type="button"
        role="switch"
        id={field.id}
        aria-checked={checked}
        aria-describedby={field.describedBy}
        disabled={disabled}
        onClick={() => onChange(!checked)}
        className={`relative mt-px h-5 w-9 shrink-0 rounded-full border transition-colors duration-100 disabled:opacity-50 max-md:after:absolute max-md:after:-inset-3 ${checked ? "border-accent bg-accent" : "border-line-control bg-press"}`}
      >
        <span
          className={`absolute top-1/2 size-3.5 -translate-y-1/2 rounded-full transition-[inset-inline-start] duration-100 ${checked ? "start-[18px] bg-accent-fg" : "start-0.5 bg-ink-3"}`}
          aria-hidden
        />
      </button>
      <div className="min-w-0">
        <label htmlFor={field.id} className="block text-sm font-medium text-ink">
          {label}
        </label>
        {hint && (
          <div id={field.hintId} className="mt-0.5 text-xs text-ink-3">
            {hint}
          </div>
        )}
        {error && (
          <div id={field.errorId} className="mt-1 text-xs font-medium text-bad">
            {error}
          </div>
        )}
      </div>
    </div>
  );
}
