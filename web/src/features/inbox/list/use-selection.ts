import { useCallback, useRef, useState } from "react";

/** What is ticked in a list: one by one, in a row from the last one, or all that is known. */
export function useSelection(ids: readonly string[]) {
  const [checked, set] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const known = useRef(ids);
  known.current = ids;

  const toggle = useCallback((id: string, row = false) => {
    const all = known.current;
    const from = last.current ? all.indexOf(last.current) : -1;
    const to = all.indexOf(id);
    last.current = id;
    set((old) => {
      const next = new Set(old);
      if (row && from >= 0 && to >= 0) {
        for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
      } else if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const clear = useCallback(() => {
    last.current = null;
    set(new Set());
  }, []);
  const all = useCallback(() => set(new Set(known.current)), []);

  /** Takes the next one in; begins with the open one. */
  const extend = useCallback((by: 1 | -1, open?: string): string | undefined => {
    const rows = known.current;
    const at = rows.indexOf(last.current ?? open ?? "");
    const to = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (to === undefined) return;
    const from = rows[at];
    last.current = to;
    set((old) => {
      const next = new Set(old);
      // Going back over what is ticked gives it up again.
      if (from !== undefined && next.has(to) && next.has(from)) next.delete(from);
      else {
        if (from !== undefined) next.add(from);
        next.add(to);
      }
      return next;
    });
    return to;
  }, []);

  return { checked, toggle, clear, all, extend };
}
