import { Popper as P } from "radix-ui/internal";
import { useEffect, useId, useMemo } from "react";
import { createPortal } from "react-dom";
import { caps } from "@/lib/keys";
import { physical } from "./sides";
import { hide, leave, stay, useHint } from "./tips";

/** Shows the hint of what is pointed at or focused, one for the whole page. */
export default function TipLayer() {
  const hint = useHint((s) => s.hint);
  const id = useId();
  const at = hint?.at;
  const anchor = useMemo(() => ({ current: at ?? null }), [at]);
  useEffect(() => {
    if (!at) return;
    const gone = (e: KeyboardEvent) => e.key === "Escape" && hide();
    // A scrolled list leaves the hint behind.
    const moved = (e: Event) => e.target instanceof Node && e.target.contains(at) && hide();
    document.addEventListener("keydown", gone, true);
    document.addEventListener("scroll", moved, true);
    const described = at.hasAttribute("aria-describedby");
    if (!described) at.setAttribute("aria-describedby", id);
    return () => {
      document.removeEventListener("keydown", gone, true);
      document.removeEventListener("scroll", moved, true);
      if (!described) at.removeAttribute("aria-describedby");
    };
  }, [at, id]);
  if (!hint) return null;
  return (
    <P.Root key={hint.of}>
      <P.Anchor virtualRef={anchor as never} />
      {createPortal(
        <P.Content side={physical(hint.side)} sideOffset={6} collisionPadding={8} className="z-60" onPointerEnter={stay} onPointerLeave={() => leave(hint.of)}>
          <div id={id} role="tooltip" className="pop pointer-events-auto flex max-w-72 items-center gap-2 rounded-sm bg-ink px-2 py-1 text-xs text-sheet shadow-2">
            {hint.label}
            {hint.keys && (
              <span dir="ltr" className="flex gap-0.5" aria-hidden>
                {caps(hint.keys).map((key) => (
                  <kbd key={key} className="min-w-4 rounded-xs bg-sheet/20 px-1 text-center text-2xs">
                    {key}
                  </kbd>
                ))}
              </span>
            )}
          </div>
        </P.Content>,
        document.body,
      )}
    </P.Root>
  );
}
