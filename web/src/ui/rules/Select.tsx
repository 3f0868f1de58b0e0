import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** The browser's own list in a row of controls: type-ahead works on every device. */
export function Select({ className, size = "md", ...rest }: Omit<ComponentProps<"select">, "size"> & { size?: "sm" | "md" }) {
  return (
    <span className={cn("relative block min-w-0", className)}>
      <select
        {...rest}
        className={cn(
          "w-full appearance-none truncate rounded-sm border border-line-control bg-raised text-ink max-md:h-11 max-md:text-[16px]",
          size === "sm" ? "h-7 ps-2 pe-6 text-xs font-medium" : "h-8 ps-2.5 pe-7 text-sm",
        )}
      />
      <ChevronDown className="pointer-events-none absolute end-1.5 top-1/2 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
    </span>
  );
}
