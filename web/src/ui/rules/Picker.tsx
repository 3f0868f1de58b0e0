import { ChevronDown } from "lucide-react";
import { cn } from "@/lib/cn";
import { Combobox, type Option } from "../Combobox";
import { Popover } from "../Popover";

interface Props {
  label: string;
  options: Option[];
  values: string[];
  onChange: (values: string[]) => void;
  empty: string;
  placeholder: string;
  /** Names that are not there yet may be typed. */
  create?: (text: string) => string;
  invalid?: boolean;
}

/** Several of a list, in one control. */
export function Picker({ label, options, values, onChange, empty, placeholder, create, invalid }: Props) {
  const shown = values.map((v) => options.find((o) => o.value === v) ?? { value: v, label: v });
  const toggle = (value: string) => onChange(values.includes(value) ? values.filter((v) => v !== value) : [...values, value]);
  const said = shown.map((o) => o.label).join(", ");
  return (
    <Popover.Root>
      <Popover.Trigger
        type="button"
        aria-label={said ? `${label}: ${said}` : label}
        className={cn(
          "flex h-8 w-full min-w-0 items-center gap-1.5 rounded-sm border bg-raised ps-2.5 pe-2 text-start text-sm max-md:h-11 max-md:text-[16px]",
          invalid ? "border-bad" : "border-line-control",
        )}
      >
        {shown[0]?.icon && shown.length === 1 && <span className="flex shrink-0 [&_svg]:size-4">{shown[0].icon}</span>}
        <span className={cn("min-w-0 flex-1 truncate", !said && "text-ink-3")}>{said || placeholder}</span>
        <ChevronDown className="size-4 shrink-0 text-ink-3" aria-hidden />
      </Popover.Trigger>
      <Popover.Content align="start" aria-label={label}>
        <Combobox label={label} options={options} selected={values} empty={empty} onPick={toggle} create={create} onCreate={create ? toggle : undefined} />
      </Popover.Content>
    </Popover.Root>
  );
}
