import { Tooltip } from "radix-ui";
import type { ReactElement } from "react";
import { caps } from "@/lib/keys";

export type Side = "top" | "right" | "bottom" | "left";

/** Names a control, with the key that does the same. */
export function Tip({ label, keys, side = "bottom", children }: { label: string; keys?: string; side?: Side; children: ReactElement }) {
  return (
    <Tooltip.Root delayDuration={350}>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="pop z-60 flex max-w-72 items-center gap-2 rounded-sm bg-ink px-2 py-1 text-xs text-sheet shadow-2"
        >
          {label}
          {keys && (
            <span className="flex gap-0.5" aria-hidden>
              {caps(keys).map((key) => (
                <kbd key={key} className="min-w-4 rounded-xs bg-sheet/20 px-1 text-center text-2xs">
                  {key}
                </kbd>
              ))}
            </span>
          )}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
export const TipProvider = Tooltip.Provider;
