import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { along, readsRtl } from "@/ui/sides";

/** A pane's width, moved by pointer or arrow keys and remembered. */
export function usePaneWidth(key: string, start: number, least: number, most: number) {
  const clamp = (w: number) => Math.min(most, Math.max(least, Math.round(w)));
  const [width, set] = useState(() => clamp(Number(localStorage.getItem(key)) || start));
  const keep = (w: number) => {
    set(clamp(w));
    localStorage.setItem(key, String(clamp(w)));
  };
  const drag = (down: PointerEvent) => {
    down.preventDefault();
    const way = readsRtl() ? -1 : 1;
    const move = (e: globalThis.PointerEvent) => keep(width + way * (e.clientX - down.clientX));
    const up = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
  };
  const onKey = (e: KeyboardEvent) => {
    const way = along(e.key);
    if (way) keep(width + (way === "on" ? 16 : -16));
  };
  return { width, drag, onKey };
}
