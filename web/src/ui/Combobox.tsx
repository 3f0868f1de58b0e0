import { Check, Plus } from "lucide-react";
import { type ReactNode, useId, useMemo, useState } from "react";
import { cn } from "@/lib/cn";

export interface Option {
  value: string;
  label: string;
  icon?: ReactNode;
  hint?: string;
}

interface Props {
  label: string;
  options: Option[];
  selected: readonly string[];
  onPick: (value: string) => void;
  /** Shown where nothing matches. */
  empty: string;
  /** What the row says that makes a new one of the typed text. */
  create?: (text: string) => string;
  onCreate?: (text: string) => void;
}

/** A list to type into; for a popover or a dialog. */
export function Combobox({ label, options, selected, onPick, empty, create, onCreate }: Props) {
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const shown = useMemo(() => {
    const want = fold(text);
    return options.filter((o) => fold(o.label).includes(want));
  }, [options, text]);
  const typed = text.trim();
  const fresh = !!typed && !!onCreate && !options.some((o) => fold(o.label) === fold(typed));
  const count = shown.length + (fresh ? 1 : 0);
  const active = Math.min(at, count - 1);

  const pick = (i: number) => {
    const option = shown[i];
    if (option) onPick(option.value);
    else if (fresh) onCreate?.(typed);
    else return;
    setText("");
    setAt(0);
  };
  const row = "flex min-h-8 w-full items-center gap-2.5 rounded-sm px-2 text-start text-sm max-md:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0";

  return (
    <div className="w-64 max-w-full">
      <input
        // biome-ignore lint/a11y/noAutofocus: it opens on request, to be typed into
        autoFocus
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={count ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        placeholder={label}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (e.key === "ArrowDown") setAt((active + 1) % Math.max(1, count));
          else if (e.key === "ArrowUp") setAt((active - 1 + count) % Math.max(1, count));
          else if (e.key === "Enter") pick(active);
          else return;
          e.preventDefault();
        }}
        className="mb-1 h-8 w-full rounded-sm border border-line-control bg-raised px-2.5 text-sm placeholder:text-ink-3 max-md:h-11"
      />
      <div id={`${id}-list`} role="listbox" aria-label={label} aria-multiselectable={selected.length > 1 || undefined} className="scroll max-h-64 overflow-y-auto">
        {shown.map((o, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field above
          <div
            key={o.value}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={selected.includes(o.value)}
            onPointerMove={() => setAt(i)}
            onClick={() => pick(i)}
            className={cn(row, i === active && "bg-hover")}
          >
            {o.icon}
            <span className="min-w-0 flex-1 truncate">{o.label}</span>
            {o.hint && <span className="text-2xs text-ink-3">{o.hint}</span>}
            {selected.includes(o.value) && <Check aria-hidden className="text-accent" />}
          </div>
        ))}
        {fresh && (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field above
          <div
            id={`${id}-${shown.length}`}
            role="option"
            tabIndex={-1}
            aria-selected={false}
            onPointerMove={() => setAt(shown.length)}
            onClick={() => pick(shown.length)}
            className={cn(row, active === shown.length && "bg-hover")}
          >
            <Plus aria-hidden className="text-ink-3" />
            <span className="min-w-0 flex-1 truncate">{create?.(typed) ?? typed}</span>
          </div>
        )}
        {!count && <p className="px-2 py-3 text-sm text-ink-3">{empty}</p>}
      </div>
    </div>
  );
}

const fold = (s: string) => s.trim().normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
