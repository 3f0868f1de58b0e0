import { type RefObject, useCallback, useEffect, useRef } from "react";

const PATIENCE = 1000;

/** Puts the focus on a row, as soon as it is drawn when it is not yet. */
export function useRowFocus(scroller: RefObject<HTMLElement | null>) {
  const wanted = useRef<{ id: string; at: number } | null>(null);
  const attempt = useCallback(() => {
    const want = wanted.current;
    if (!want) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(want.id)}"]`);
    if (row || performance.now() - want.at > PATIENCE) wanted.current = null;
    row?.focus({ preventScroll: true });
  }, [scroller]);
  useEffect(attempt);
  return useCallback(
    (id: string) => {
      wanted.current = { id, at: performance.now() };
      attempt();
    },
    [attempt],
  );
}

/** The row that takes the place of those that leave: the next one after them, otherwise the one before. */
export function heir(ids: readonly string[], leaving: ReadonlySet<string>): string | undefined {
  const last = ids.findLastIndex((id) => leaving.has(id));
  return ids.slice(last + 1).find((id) => !leaving.has(id)) ?? ids.findLast((id) => !leaving.has(id));
}
