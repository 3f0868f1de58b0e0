import { useRef } from "react";

/** What was pressed: of a menu that closes, the control that opened it. */
function control(element: Element | null): HTMLElement | null {
  const menu = element?.closest("[role=menu]");
  const found = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : element;
  return found instanceof HTMLElement && found !== document.body ? found : null;
}

/** Where the focus was when something above the page opened; once that closes it goes back, or to the page where that is gone. */
export function useReturn(open: boolean): (e: Event) => void {
  const before = useRef<HTMLElement | null>(null);
  const was = useRef(false);
  // While it is drawn: what opens takes the focus before any effect could look.
  if (open && !was.current) before.current = control(document.activeElement);
  was.current = open;
  return (e) => {
    e.preventDefault();
    const now = document.activeElement;
    // Somebody has gone on already, as into the composer.
    if (now && now !== document.body && !(e.currentTarget instanceof Node && e.currentTarget.contains(now))) return;
    const back = before.current?.isConnected && before.current.getClientRects().length > 0 ? before.current : document.getElementById("main");
    back?.focus({ preventScroll: true });
  };
}
