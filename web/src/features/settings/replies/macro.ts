import type { MacroActions, SnoozeUntil } from "@/api/types";

/** What a macro does, as its form holds it. */
export interface MacroForm {
  reply: boolean;
  note: string | null;
  addTags: string[];
  removeTags: string[];
  priority: string;
  assign: string;
  /** A status, `snooze`, or nothing. */
  status: string;
  until: SnoozeUntil["kind"];
  /** Hours, days, or the day of the week. */
  count: string;
}

export function toForm(a?: MacroActions): MacroForm {
  const s = a?.snooze;
  return {
    reply: a ? !!a.reply : true,
    note: a?.note ?? null,
    addTags: a?.add_tags ?? [],
    removeTags: a?.remove_tags ?? [],
    priority: a?.priority ?? "",
    assign: a?.assign ?? "",
    status: s ? "snooze" : (a?.status ?? ""),
    until: s?.kind ?? "reply",
    count: String(!s || s.kind === "reply" ? 1 : s.kind === "hours" ? s.count : s.kind === "morning" ? s.days : s.day),
  };
}

function until(f: MacroForm): SnoozeUntil {
  const n = Math.round(Number(f.count)) || 1;
  if (f.until === "hours") return { kind: "hours", count: n };
  if (f.until === "morning") return { kind: "morning", days: n };
  if (f.until === "weekday") return { kind: "weekday", day: n };
  return { kind: "reply" };
}

/** As the server takes it; `words` is the reply. */
export function toActions(f: MacroForm, words: { text: string; html: string | null }): MacroActions {
  return {
    ...(f.reply && { reply: words }),
    ...(f.note?.trim() && { note: f.note.trim() }),
    ...(f.addTags.length > 0 && { add_tags: f.addTags }),
    ...(f.removeTags.length > 0 && { remove_tags: f.removeTags }),
    ...(f.priority && { priority: f.priority as MacroActions["priority"] }),
    ...(f.assign && { assign: f.assign }),
    ...(f.status === "snooze" ? { snooze: until(f) } : f.status ? { status: f.status as MacroActions["status"] } : {}),
  };
}

/** One word for each thing it does, in order. */
export function deeds(a: MacroActions): string[] {
  return [
    a.reply && "reply",
    a.note && "note",
    (a.add_tags?.length || a.remove_tags?.length) && "tags",
    a.priority && "priority",
    a.assign && "assign",
    a.snooze ? "snooze" : a.status,
  ].filter((x): x is string => !!x);
}
