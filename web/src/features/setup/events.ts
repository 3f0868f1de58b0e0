import { useEffect, useRef } from "react";
import type { EventFrame } from "@/api/types";

/** The event stream for the pages outside the product's shell. The browser reconnects by itself. */
export function useEventSource(since: string | undefined, onEvent: (frame: EventFrame) => void): void {
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => {
    if (!since) return;
    const source = new EventSource(`/api/v1/events?since=${encodeURIComponent(since)}`);
    source.onmessage = (e) => latest.current(JSON.parse(e.data as string) as EventFrame);
    return () => source.close();
  }, [since]);
}
