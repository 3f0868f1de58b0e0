import type { ReactNode } from "react";

/** What went wrong with a form as a whole. */
export function Problem({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="rounded-md border border-bad/30 bg-bad-soft px-3 py-2.5 text-sm text-ink [overflow-wrap:anywhere]">
      {children}
    </div>
  );
}
