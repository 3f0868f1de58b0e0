import { describe, expect, it } from "vitest";
import type { System } from "@/api/types";
import { parts } from "./health";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const run = (state: string, at: string) => ({
  id: "bkp_1",
  state,
  reason: "schedule",
  place: "/backups",
  started_at: at,
  ended_at: at,
  snapshot: null,
  error: null,
  seen_bytes: 1,
  new_bytes: 1,
  stored_bytes: 1,
  file_count: 0,
  removed_snapshots: 0,
});
const system = (patch: Partial<System["queues"]> = {}, backup: System["backup"] = null): System => ({
  version: "1",
  engine: "sqlite",
  letters: true,
  storage: [],
  queues: {
    journal_waiting: 0,
    journal_since: null,
    quarantined: 0,
    outbox_waiting: 0,
    outbox_since: null,
    webhooks_waiting: 0,
    jobs_waiting: 0,
    jobs_failed: 0,
    upkeep: 0,
    ...patch,
  },
  backup,
});
const said = (s: System, name: string) => {
  const p = parts(s, NOW).find((x) => x.name === name);
  return p && `${p.mood} ${p.says} ${p.minutes}`;
};
const status = (patch: object) => ({ to: "/backups", every_minutes: 60, keep: null, with_key: false, last: null, last_done: null, next_at: null, ...patch });

describe("health", () => {
  it("tells work from a standstill", () => {
    expect(said(system(), "intake")).toBe("good intake.idle 0");
    expect(said(system({ journal_waiting: 5, journal_since: "2026-03-01T11:59:30Z" }), "intake")).toBe("good intake.busy 0");
    expect(said(system({ journal_waiting: 5, journal_since: "2026-03-01T11:55:00Z" }), "intake")).toBe("warn intake.behind 5");
    expect(said(system({ outbox_waiting: 5, outbox_since: "2026-03-01T11:00:00Z" }), "sending")).toBe("bad sending.behind 60");
    expect(said(system({ quarantined: 2 }), "intake")).toBe("warn intake.quarantined 0");
    expect(said(system({ jobs_failed: 2 }), "jobs")).toBe("warn jobs.failed 0");
  });

  it("knows how old a backup may be", () => {
    expect(said(system(), "backup")).toBeUndefined();
    expect(said(system({}, status({ to: null })), "backup")).toBe("warn backup.off 0");
    expect(said(system({}, status({})), "backup")).toBe("warn backup.none 0");
    const fresh = run("done", "2026-03-01T11:10:00Z");
    expect(said(system({}, status({ last: fresh, last_done: fresh })), "backup")).toBe("good backup.fresh 0");
    const old = run("done", "2026-03-01T09:00:00Z");
    expect(said(system({}, status({ last: old, last_done: old })), "backup")).toBe("bad backup.late 0");
    expect(said(system({}, status({ last: run("failed", "2026-03-01T11:50:00Z"), last_done: fresh })), "backup")).toBe("bad backup.failed 0");
  });
});
