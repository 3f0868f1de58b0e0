import { Check, Copy } from "lucide-react";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui";
import { useCopy } from "./use-copy";

interface Props {
  label: string;
  value: string;
  hint?: ReactNode;
  hideLabel?: boolean;
  multiline?: boolean;
}

/** A text to carry elsewhere: selected on focus, copied by its button. */
export function CopyField({ label, value, hint, hideLabel, multiline }: Props) {
  const { t } = useTranslation("form");
  const [copied, copy] = useCopy();
  const id = useId();
  const shared = {
    id,
    readOnly: true,
    value,
    spellCheck: false,
    onFocus: (e: React.FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => e.target.select(),
    "aria-describedby": hint ? `${id}-hint` : undefined,
  };
  const look = "min-w-0 flex-1 rounded-sm border border-line bg-subtle px-2.5 font-mono text-xs text-ink";
  return (
    <div className="min-w-0">
      <label htmlFor={id} className={hideLabel ? "sr-only" : "mb-1.5 block text-sm font-medium"}>
        {label}
      </label>
      <div className={`flex items-start gap-2 ${multiline ? "max-md:flex-col max-md:items-stretch" : ""}`}>
        {multiline ? (
          <textarea {...shared} rows={3} className={`${look} resize-none py-2 leading-[18px] [overflow-wrap:anywhere]`} />
        ) : (
          <input {...shared} className={`${look} h-8 max-md:h-11`} />
        )}
        <Button onClick={() => copy(value)}>
          {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
          {copied ? t("copied") : t("copy")}
          <span className="sr-only" role="status">
            {copied ? t("copied") : ""}
          </span>
        </Button>
      </div>
      {hint && (
        <div id={`${id}-hint`} className="mt-1.5 text-xs text-ink-3">
          {hint}
        </div>
      )}
    </div>
  );
}
