import { useCallback, useEffect, useRef } from "react";
import { useMe, useSavePreferences } from "@/api/client";

export type ChecklistItem = "chat" | "reply" | "invite" | "connect" | "palette";
export type ChecklistState = Partial<Record<ChecklistItem | "hidden", boolean>>;

/** What the person has tried so far; kept in their preferences, so that it follows them to other devices. */
export function useChecklist(): { state: ChecklistState; mark: (item: ChecklistItem | "hidden") => void } {
  const me = useMe();
  const save = useSavePreferences();
  const state = (me?.preferences.checklist ?? {}) as ChecklistState;
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  });
  const mark = useCallback(
    (item: ChecklistItem | "hidden") => {
      if (latest.current[item]) return;
      latest.current = { ...latest.current, [item]: true };
      save({ checklist: latest.current });
    },
    [save],
  );
  return { state, mark };
}
