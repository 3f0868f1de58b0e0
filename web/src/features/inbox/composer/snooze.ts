export interface SnoozeChoice {
  name: "laterToday" | "tomorrow" | "monday";
  at: Date;
}

/** Times worth offering, in the reader's own clock. */
export function snoozeChoices(now = new Date()): SnoozeChoice[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const later = new Date(now.getTime() + 3 * 3_600_000);
  later.setMinutes(0, 0, 0);
  const choices: SnoozeChoice[] = [];
  if (later.getDate() === now.getDate() && later.getHours() <= 20) choices.push({ name: "laterToday", at: later });
  choices.push({ name: "tomorrow", at: at(1, 9) });
  const toMonday = (8 - now.getDay()) % 7 || 7;
  if (toMonday > 1) choices.push({ name: "monday", at: at(toMonday, 9) });
  return choices;
}
