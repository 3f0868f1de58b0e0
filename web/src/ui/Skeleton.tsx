import { type CSSProperties, type ReactNode, useEffect, useState } from "react";
import { cn } from "@/lib/cn";

export const Skeleton = ({ className, style }: { className?: string; style?: CSSProperties }) => <div aria-hidden className={cn("skel", className)} style={style} />;

/** Shown only if it takes long enough to be noticed. */
export function Late({ children, after = 150 }: { children: ReactNode; after?: number }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), after);
    return () => clearTimeout(timer);
  }, [after]);
  return due ? children : null;
}
