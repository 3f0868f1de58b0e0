import { X } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Address } from "@/api/types";
import { addAddresses, isEmail, splitAddresses } from "./recipients";

interface Props {
  label: string;
  value: readonly Address[];
  onChange: (value: Address[]) => void;
  autoFocus?: boolean;
  error?: string | null;
}

/** Addresses as chips: comma, Enter or leaving the field makes one, Backspace takes the last. */
export function AddressField({ label, value, onChange, autoFocus, error }: Props) {
  const { t } = useTranslation("composer");
  const id = useId();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);

  const take = (typed: string) => {
    const parts = splitAddresses(typed);
    const bad = parts.filter((a) => !isEmail(a.address));
    const good = parts.filter((a) => isEmail(a.address));
    if (good.length) onChange(addAddresses(value, good));
    setText(bad.map((a) => a.address).join(", "));
    setWrong(bad[0] ? t("recipients.wrong", { address: bad[0].address }) : null);
  };
  const said = wrong ?? error;

  return (
    <div className="px-3.5">
      <div className="flex min-h-8 items-start gap-2 border-b border-line py-0.5">
        <label htmlFor={id} className="w-8 shrink-0 pt-1.5 text-xs text-ink-3">
          {label}
        </label>
        <div className="flex min-w-0 flex-1 flex-wrap items-center gap-1">
          {value.map((a) => (
            <span key={a.address} title={a.address} className="flex h-7 max-w-full items-center rounded-sm bg-hover ps-2 text-xs">
              <span className="truncate">{a.name || a.address}</span>
              <button
                type="button"
                aria-label={t("recipients.remove", { name: a.name || a.address })}
                className="grid size-7 shrink-0 place-items-center rounded-sm text-ink-3 hover:text-ink"
                onClick={() => onChange(value.filter((b) => b !== a))}
              >
                <X className="size-3" aria-hidden />
              </button>
            </span>
          ))}
          <input
            id={id}
            type="text"
            inputMode="email"
            autoComplete="off"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: opened by the writer's own click
            autoFocus={autoFocus}
            value={text}
            aria-invalid={said ? true : undefined}
            aria-describedby={said ? `${id}-error` : undefined}
            className="h-7 min-w-32 flex-1 bg-transparent text-xs outline-none max-md:h-9 max-md:text-[16px]"
            onChange={(e) => {
              setWrong(null);
              if (/[,;\n]/.test(e.target.value)) take(e.target.value);
              else setText(e.target.value);
            }}
            onBlur={() => text.trim() && take(text)}
            onKeyDown={(e) => {
              if (e.nativeEvent.isComposing) return;
              if (e.key === "Enter" && !e.metaKey && !e.ctrlKey) {
                e.preventDefault();
                if (text.trim()) take(text);
              } else if (e.key === "Backspace" && !text && value.length) onChange(value.slice(0, -1));
            }}
          />
        </div>
      </div>
      {said && (
        <p id={`${id}-error`} role="alert" className="pt-1 text-xs font-medium text-bad [overflow-wrap:anywhere]">
          {said}
        </p>
      )}
    </div>
  );
}
