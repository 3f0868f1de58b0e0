import { useSyncExternalStore } from "react";
import type { EventFrame } from "./types";

/** The one live stream: a WebSocket that comes back by itself and says where it was, so that nothing is missed. */
export type Connection = "connecting" | "live" | "offline";

type Listener = (frame: EventFrame) => void;
const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let state: Connection = "connecting";
let socket: WebSocket | null = null;
let cursor: string | null = null;
let tries = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let viewing: string | null = null;
let lastHeard = 0;

function become(next: Connection) {
  if (state === next) return;
  state = next;
  for (const w of watchers) w();
}

/** How long to wait before the next try: doubling to 15 s, with jitter, so that many clients do not come at once. */
export function backoff(attempt: number, random = Math.random()): number {
  return Math.min(15_000, 300 * 2 ** attempt) * (0.5 + random / 2);
}

function open() {
  clearTimeout(timer);
  if (!cursor || socket) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const ws = new WebSocket(`${scheme}://${location.host}/api/v1/events?since=${encodeURIComponent(cursor)}`);
  socket = ws;
  ws.onmessage = (event) => {
    lastHeard = Date.now();
    const frame = JSON.parse(event.data as string) as EventFrame;
    if ("cursor" in frame && frame.cursor) cursor = frame.cursor;
    if (state !== "live") {
      tries = 0;
      become("live");
      if (viewing) ws.send(JSON.stringify({ type: "viewing", conversation_id: viewing }));
    }
    for (const l of listeners) l(frame);
  };
  ws.onclose = () => {
    if (socket !== ws) return;
    socket = null;
    become(navigator.onLine ? "connecting" : "offline");
    if (tries > 1) become("offline");
    timer = setTimeout(open, backoff(tries++));
  };
}

/** Begins at a cursor; later calls go on from where the stream is. */
export function connect(since: string) {
  if (cursor === null) cursor = since;
  if (!socket) open();
}

/** Another person or workspace: the old stream ends. */
export function disconnect() {
  cursor = null;
  const old = socket;
  socket = null;
  old?.close();
  become("connecting");
}

export function onFrame(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tells colleagues which conversation is on the screen. */
export function sendViewing(id: string | null) {
  viewing = id;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "viewing", conversation_id: id }));
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => state,
  );
}

if (typeof window !== "undefined") {
  window.addEventListener("online", () => {
    tries = 0;
    open();
  });
  window.addEventListener("offline", () => become("offline"));
  // A heartbeat comes every 15 s; silence for 40 s is a dead connection that nobody told us about.
  setInterval(() => {
    if (socket && state === "live" && Date.now() - lastHeard > 40_000) socket.close();
  }, 10_000);
}
