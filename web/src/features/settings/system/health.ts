import type { System } from "@/api/types";

export type Mood = "good" | "warn" | "bad";
export interface Part {
  name: "intake" | "sending" | "webhooks" | "jobs" | "backup" | "letters";
  mood: Mood;
  /** Which words say it. */
  says: string;
  count: number;
  /** For how long. */
  minutes: number;
}

/** What stands still for so long is not just busy. */
const SLOW = 2;
const STUCK = 15;

/** Each part of the installation, and how it is. */
export function parts(s: System, now: number): Part[] {
  const q = s.queues;
  const since = (at: string | null | undefined) => (at ? Math.max(0, Math.floor((now - Date.parse(at)) / 60_000)) : 0);
  const lag = (minutes: number): Mood => (minutes >= STUCK ? "bad" : minutes >= SLOW ? "warn" : "good");
  const queue = (name: "intake" | "sending", count: number, minutes: number): Part => ({
    name,
    mood: lag(minutes),
    says: count === 0 ? `${name}.idle` : lag(minutes) === "good" ? `${name}.busy` : `${name}.behind`,
    count,
    minutes,
  });
  const intake = queue("intake", q.journal_waiting, since(q.journal_since));
  const all: Part[] = [
    q.quarantined > 0 && intake.mood === "good" ? { name: "intake", mood: "warn", says: "intake.quarantined", count: q.quarantined, minutes: 0 } : intake,
    queue("sending", q.outbox_waiting, since(q.outbox_since)),
    { name: "webhooks", mood: "good", says: q.webhooks_waiting ? "webhooks.busy" : "webhooks.idle", count: q.webhooks_waiting, minutes: 0 },
    q.jobs_failed
      ? { name: "jobs", mood: "warn", says: "jobs.failed", count: q.jobs_failed, minutes: 0 }
      : { name: "jobs", mood: "good", says: q.upkeep ? "jobs.upkeep" : "jobs.idle", count: q.upkeep, minutes: 0 },
    { name: "letters", mood: s.letters ? "good" : "warn", says: s.letters ? "letters.on" : "letters.off", count: 0, minutes: 0 },
  ];
  const b = s.backup;
  if (b) all.unshift(backup(b, now));
  return all;
}

function backup(b: NonNullable<System["backup"]>, now: number): Part {
  const part = (mood: Mood, says: string): Part => ({ name: "backup", mood, says: `backup.${says}`, count: 0, minutes: 0 });
  if (!b.to) return part("warn", "off");
  if (b.last?.state === "failed") return part("bad", "failed");
  if (!b.last_done) return part("warn", "none");
  // Two turns missed: something is wrong that no row tells of.
  const late = now - Date.parse(b.last_done.started_at) > 2 * b.every_minutes * 60_000 + 600_000;
  return late ? part("bad", "late") : part("good", "fresh");
}
