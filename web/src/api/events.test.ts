import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { backoff, onFrame, sendViewing, startEvents, stopEvents, useConnection } from "./events";
import type { EventFrame } from "./types";

class Line {
  static OPEN = 1;
  static all: Line[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen?: () => void;
  onmessage?: (e: { data: string }) => void;
  onclose?: () => void;
  constructor(readonly url: string) {
    Line.all.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  accept() {
    this.readyState = Line.OPEN;
    this.onopen?.();
  }
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}
class Stream extends Line {
  onerror?: () => void;
}
const last = () => Line.all.at(-1) as Line;

beforeEach(() => {
  vi.useFakeTimers();
  Line.all = [];
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("EventSource", Stream);
});
afterEach(() => {
  stopEvents();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("waits longer after each try, never longer than 15 seconds", () => {
  expect(backoff(1, 1)).toBe(600);
  expect(backoff(2, 0)).toBe(600);
  expect(backoff(30, 1)).toBe(15_000);
});

it("goes on from the last cursor and says again what is looked at", () => {
  const heard: EventFrame[] = [];
  const off = onFrame((f) => heard.push(f));
  startEvents("1.5");
  expect(last().url).toContain("since=1.5");
  last().accept();
  sendViewing("cnv_1");
  expect(useConnection.getState().status).toBe("live");
  last().say({ type: "heartbeat", cursor: "1.9" });
  expect(heard).toHaveLength(1);

  last().close();
  expect(useConnection.getState().status).toBe("connecting");
  vi.advanceTimersByTime(1_000);
  expect(Line.all).toHaveLength(2);
  expect(last().url).toContain("since=1.9");
  last().accept();
  expect(last().sent).toEqual([JSON.stringify({ type: "viewing", conversation_id: "cnv_1" })]);
  off();
});

it("takes a silent line for a dead one", () => {
  startEvents("1.1");
  last().accept();
  vi.advanceTimersByTime(41_000);
  expect(Line.all).toHaveLength(2);
});

it("comes as server-sent events where no WebSocket gets through", () => {
  startEvents("1.1");
  last().close();
  vi.advanceTimersByTime(5_000);
  last().close();
  vi.advanceTimersByTime(5_000);
  expect(last()).toBeInstanceOf(Stream);
});
