import { Check } from "lucide-react";
import { Checkbox } from "radix-ui";
import { type ReactNode, useId } from "react";

interface Props {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  className?: string;
}

/** A box with its label beside it; the whole row may be pressed. */
export function CheckField({ label, hint, checked, onChange, disabled, className }: Props) {
  const id = useId();
  return (
    <div className={`flex items-start gap-2.5 py-1 max-md:py-2.5 ${className ?? ""}`}>
      <Checkbox.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(on) => onChange(on === true)}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-px grid size-4 shrink-0 place-items-center rounded-[4px] border border-line-control bg-raised disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent max-md:size-5"
      >
        <Checkbox.Indicator>
          <Check className="size-3 text-accent-fg" strokeWidth={3} aria-hidden />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <div className="min-w-0">
        <label htmlFor={id} className={`block text-sm ${disabled ? "text-ink-3" : "text-ink"} [overflow-wrap:anywhere]`}>
          {label}
        </label>
        {hint && (
          <div id={`${id}-hint`} className="text-xs text-ink-3 [overflow-wrap:anywhere]">
            {hint}
          </div>
        )}
      </div>
    </div>
  );
}
