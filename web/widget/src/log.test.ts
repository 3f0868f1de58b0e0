import { describe, expect, it } from "vitest";
import { MessageLog } from "./log";
import type { WMessage } from "./types";

const msg = (id: string, at: number, more: Partial<WMessage> = {}): WMessage => ({
  id,
  echo_id: null,
  from: "visitor",
  author_name: null,
  text: id,
  files: [],
  at: new Date(at).toISOString(),
  status: "sent",
  ...more,
});

describe("message log", () => {
  it("holds each message once and in order, whatever the order of arrival", () => {
    const log = new MessageLog();
    expect(log.merge([msg("b", 2000), msg("a", 1000)]).map((m) => m.id)).toEqual(["b", "a"]);
    expect(log.merge([msg("a", 1000), msg("c", 3000)]).map((m) => m.id)).toEqual(["c"]);
    expect(log.all().map((m) => m.id)).toEqual(["a", "b", "c"]);
    expect(log.oldest()?.id).toBe("a");
  });

  it("takes the newer state of a message it knows", () => {
    const log = new MessageLog();
    log.merge([msg("a", 1000)]);
    log.merge([msg("a", 1000, { status: "delivered" })]);
    expect(log.all()).toHaveLength(1);
    expect(log.all()[0]?.status).toBe("delivered");
  });

  it("recognises its own message by echo_id", () => {
    const log = new MessageLog();
    log.merge([msg("a", 1000, { echo_id: "e1" })]);
    expect(log.knows("e1")).toBe(true);
    expect(log.knows("e2")).toBe(false);
  });

  it("marks only our messages up to the one that was read", () => {
    const log = new MessageLog();
    log.merge([msg("a", 1000), msg("b", 2000, { from: "agent" }), msg("c", 3000), msg("d", 4000)]);
    log.markRead("c");
    expect(log.all().map((m) => m.status)).toEqual(["read", "sent", "read", "sent"]);
    log.markRead("unknown");
    expect(log.all()[3]?.status).toBe("sent");
  });

  it("counts what the team wrote since the visitor looked", () => {
    const log = new MessageLog();
    log.merge([msg("a", 1000, { from: "agent", status: "read" }), msg("b", 2000, { from: "agent" }), msg("c", 3000, { from: "agent" }), msg("d", 4000)]);
    expect(log.unread(null).map((m) => m.id)).toEqual(["b", "c"]);
    expect(log.unread(new Date(2000).toISOString()).map((m) => m.id)).toEqual(["c"]);
  });
});
