import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { create } from "zustand";
import type { EventFrame, Me } from "./types";

type Listener = (frame: EventFrame) => void;

/** "offline" only once a connection has been missing for a while, so that a short gap does not flicker. */
export type Connection = "connecting" | "live" | "offline";
export const useConnection = create<{ status: Connection }>(() => ({ status: "connecting" }));
const say = (status: Connection) => useConnection.getState().status !== status && useConnection.setState({ status });

const listeners = new Set<Listener>();
const silence = 40_000;

let cursor: string | null = null;
let running = false;
let socket: WebSocket | null = null;
let source: EventSource | null = null;
let tries = 0;
let refused = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let watch: ReturnType<typeof setTimeout> | undefined;
let viewing: string | null = null;
/** Asked when a connection was not let in: whether one is still signed in. */
let onRefused = () => {};
export const whenRefused = (act: () => void) => {
  onRefused = act;
};

export function onFrame(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function sendViewing(conversation: string | null) {
  viewing = conversation;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "viewing", conversation_id: conversation }));
}

let active = 0;
/** Says that somebody sits before the screen; once a minute is enough. */
export function sendActive() {
  if (Date.now() - active < 60_000 || socket?.readyState !== WebSocket.OPEN) return;
  active = Date.now();
  socket.send(JSON.stringify({ type: "active" }));
}

export function startEvents(since: string) {
  if (running) return;
  running = true;
  cursor ??= since;
  addEventListener("online", now);
  addEventListener("offline", lost);
  document.addEventListener("visibilitychange", seen);
  open();
}

export function stopEvents() {
  running = false;
  cursor = null;
  viewing = null;
  tries = 0;
  refused = 0;
  clearTimeout(retry);
  removeEventListener("online", now);
  removeEventListener("offline", lost);
  document.removeEventListener("visibilitychange", seen);
  close();
  say("connecting");
}

function close() {
  clearTimeout(watch);
  const [s, e] = [socket, source];
  socket = null;
  source = null;
  s?.close();
  e?.close();
}

function now() {
  if (!running) return;
  clearTimeout(retry);
  close();
  open();
}
function lost() {
  close();
  clearTimeout(retry);
  say("offline");
}
function seen() {
  if (document.visibilityState === "visible" && running && !socket && !source) now();
}

function open() {
  if (!running) return;
  if (!navigator.onLine) return say("offline");
  const path = `/api/v1/events?since=${encodeURIComponent(cursor ?? "")}`;
  // Some proxies let no WebSocket through; the same frames come as server-sent events.
  if (refused >= 2) return stream(path);
  const ws = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
  let opened = false;
  socket = ws;
  ws.onopen = () => {
    opened = true;
    refused = 0;
    if (viewing) sendViewing(viewing);
    alive();
  };
  ws.onmessage = (e) => socket === ws && take(String(e.data));
  ws.onclose = () => {
    if (socket !== ws) return;
    if (!opened) {
      refused++;
      onRefused();
    }
    socket = null;
    again();
  };
}

function stream(path: string) {
  const es = new EventSource(path);
  source = es;
  es.onopen = alive;
  es.onmessage = (e) => source === es && take(String(e.data));
  es.onerror = () => {
    if (source !== es) return;
    es.close();
    source = null;
    onRefused();
    again();
  };
}

function alive() {
  tries = 0;
  say("live");
  clearTimeout(watch);
  // Heartbeats come every 15 seconds; without them the line is dead even if nobody has said so.
  watch = setTimeout(now, silence);
}

/** How long to wait before the next try: doubling to 15 s, with jitter, so that many clients do not come at once. */
export function backoff(attempt: number, random = Math.random()): number {
  return Math.min(15_000, 300 * 2 ** attempt) * (0.5 + random / 2);
}

function again() {
  if (!running) return;
  clearTimeout(watch);
  tries++;
  say(tries > 2 || !navigator.onLine ? "offline" : "connecting");
  retry = setTimeout(open, backoff(tries));
}

function take(text: string) {
  let frame: EventFrame;
  try {
    frame = JSON.parse(text);
  } catch {
    return;
  }
  alive();
  if ("cursor" in frame && frame.cursor) cursor = frame.cursor;
  for (const listener of listeners) listener(frame);
}

/** Listens while mounted; opens the connection if nobody has yet. */
export function useEvents(listener: Listener) {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  const client = useQueryClient();
  useEffect(() => {
    const begin = () => {
      const since = client.getQueryData<Me>(["me"])?.cursor;
      if (since) startEvents(since);
    };
    begin();
    const stop = client.getQueryCache().subscribe((e) => e.query.queryKey[0] === "me" && e.type === "updated" && begin());
    const off = onFrame((frame) => latest.current(frame));
    return () => {
      stop();
      off();
    };
  }, [client]);
}
