/** The times people snooze to, in the time zone of the browser. */
export function snoozeTimes(now: Date): { key: "hour" | "tomorrow" | "nextWeek"; at: Date }[] {
  const morning = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9, 0, 0, 0);
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { key: "hour", at: new Date(now.getTime() + 3_600_000) },
    { key: "tomorrow", at: morning(1) },
    { key: "nextWeek", at: morning(untilMonday) },
  ];
}
