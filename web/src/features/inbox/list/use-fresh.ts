import { type RefObject, useEffect, useState } from "react";

/** How many conversations came in above what is being read. */
export function useFresh(ids: readonly string[], scroller: RefObject<HTMLElement | null>) {
  const [seen, setSeen] = useState<string>();
  const [away, setAway] = useState(false);
  const top = ids[0];

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => setAway(element.scrollTop > 96);
    look();
    // Before the rows are drawn for it: to ask afterwards makes the browser lay everything out at once.
    element.addEventListener("scroll", look, { passive: true, capture: true });
    return () => element.removeEventListener("scroll", look, { capture: true });
  }, [scroller]);
  useEffect(() => {
    if (!away) setSeen(top);
  }, [away, top]);

  const count = away && seen ? Math.max(0, ids.indexOf(seen)) : 0;
  const show = () => scroller.current?.scrollTo({ top: 0 });
  return { count, show };
}
