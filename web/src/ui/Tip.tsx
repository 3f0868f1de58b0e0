import { Slot } from "radix-ui";
import { type ReactElement, useEffect, useId } from "react";
import type { Side } from "./sides";
import { hide, leave, show } from "./tips";

/** Names a control, with the key that does the same. */
export function Tip({ label, keys, side = "bottom", children }: { label: string; keys?: string; side?: Side; children: ReactElement }) {
  const of = useId();
  useEffect(() => () => hide(of), [of]);
  const hint = (at: EventTarget & HTMLElement) => ({ of, at, label, keys, side });
  return (
    <Slot.Root
      onPointerEnter={(e) => e.pointerType !== "touch" && show(hint(e.currentTarget), "hover")}
      onPointerLeave={() => leave(of)}
      onPointerDown={() => hide()}
      onClick={() => hide()}
      onFocus={(e) => e.currentTarget.matches(":focus-visible") && show(hint(e.currentTarget), "once")}
      onBlur={() => hide(of)}
    >
      {children}
    </Slot.Root>
  );
}
