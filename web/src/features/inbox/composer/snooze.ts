import { momentAt, wallTime } from "@/lib/zones";

export interface SnoozeChoice {
  name: "hour" | "laterToday" | "tomorrow" | "monday";
  at: Date;
}

const MORNING = 9;
const EVENING = 20;

/** Times worth offering, on the workspace's clocks: the morning of the team, wherever one of them travels. */
export function snoozeChoices(zone: string | undefined, now = new Date()): SnoozeChoice[] {
  const today = wallTime(now, zone);
  const morning = (days: number) => momentAt({ ...today, day: today.day + days, hour: MORNING, minute: 0 }, zone);
  const choices: SnoozeChoice[] = [{ name: "hour", at: new Date(now.getTime() + 3_600_000) }];
  if (today.hour + 3 <= EVENING) choices.push({ name: "laterToday", at: momentAt({ ...today, hour: today.hour + 3, minute: 0 }, zone) });
  choices.push({ name: "tomorrow", at: morning(1) });
  const toMonday = (8 - today.weekday) % 7 || 7;
  if (toMonday > 1) choices.push({ name: "monday", at: morning(toMonday) });
  return choices;
}

/** What a field for date and time holds, read on the workspace's clocks; null when it is not filled in. */
export function ownTime(text: string, zone: string | undefined): Date | null {
  const [, year, month, day, hour, minute] = /^(\d{4,6})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined || hour === undefined) return null;
  return momentAt({ year, month, day, hour, minute }, zone);
}
