import { useSyncExternalStore } from "react";

const subscribe = (changed: () => void) => {
  window.addEventListener("resize", changed);
  return () => window.removeEventListener("resize", changed);
};

/** Width of the window in CSS pixels. */
export function useWidth(): number {
  return useSyncExternalStore(subscribe, () => window.innerWidth);
}
