import { useEffect } from "react";
import { sendActive } from "@/api/events";

/** As long as somebody moves, types or comes back to the page, the team is told that they are there. */
export function useActivity() {
  useEffect(() => {
    const tell = () => document.visibilityState === "visible" && sendActive();
    const kinds = ["pointermove", "pointerdown", "keydown", "wheel", "visibilitychange"];
    for (const kind of kinds) document.addEventListener(kind, tell, { passive: true });
    return () => {
      for (const kind of kinds) document.removeEventListener(kind, tell);
    };
  }, []);
}
