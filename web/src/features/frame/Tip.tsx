import { Tooltip as T } from "radix-ui";
import type { ReactElement } from "react";
import { Keys } from "./Keys";

/** A name and its keys beside a rail button. */
export function Tip({ label, keys, children }: { label: string; keys?: string; children: ReactElement }) {
  return (
    <T.Provider delayDuration={350} skipDelayDuration={200}>
      <T.Root>
        <T.Trigger asChild>{children}</T.Trigger>
        <T.Portal>
          <T.Content side="right" sideOffset={6} className="pop z-50 flex items-center gap-2 rounded-sm border border-line bg-raised px-2 py-1 text-xs text-ink shadow-2">
            {label}
            {keys && <Keys of={keys} />}
          </T.Content>
        </T.Portal>
      </T.Root>
    </T.Provider>
  );
}
