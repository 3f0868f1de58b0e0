import { useSyncExternalStore } from "react";

const subscribe = (changed: () => void) => {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
};

/** Whether sending is worth a try now. */
export function useConnected(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}
