import { useCallback, useEffect, useRef } from "react";

/** The forms on the screen that hold what is not saved. */
const held = new Set<object>();

export const anyUnsaved = () => held.size > 0;

/** Says whether leaving would lose something; what is given back lets it go in the moment it is saved, before the page goes on by itself. */
export function useUnsaved(changed: boolean): () => void {
  const own = useRef({});
  useEffect(() => {
    if (!changed) return;
    const form = own.current;
    held.add(form);
    return () => void held.delete(form);
  }, [changed]);
  return useCallback(() => void held.delete(own.current), []);
}
