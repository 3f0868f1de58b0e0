import { cn } from "@/lib/cn";
import { caps } from "@/lib/keys";

/** The keys of a combination, one cap each. */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  return (
    <span dir="ltr" className={cn("inline-flex shrink-0 gap-0.5", className)}>
      {caps(keys).map((key) => (
        <kbd
          key={key}
          className="inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-xs border border-line-strong bg-raised px-1 text-2xs font-medium text-ink-3"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
