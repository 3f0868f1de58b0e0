import { useSyncExternalStore } from "react";
import { useConnection } from "@/api/events";

const subscribe = (changed: () => void) => {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
};

/** Whether sending is worth a try now: the browser has a network, and the live connection does not miss the server. */
export function useConnected(): boolean {
  const network = useSyncExternalStore(subscribe, () => navigator.onLine);
  const stream = useConnection((s) => s.status);
  return network && stream !== "offline";
}
