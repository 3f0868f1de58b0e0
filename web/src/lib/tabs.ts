import type { KeyboardEvent } from "react";

const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };

/** Arrows, Home and End move between the tabs of a list and choose, as everywhere else; Tab itself goes on to what the tab shows. */
export function alongTabs(e: KeyboardEvent<HTMLElement>) {
  const tabs = [...e.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
  const at = tabs.indexOf(e.target as HTMLElement);
  if (at < 0 || e.altKey || e.ctrlKey || e.metaKey || e.shiftKey) return;
  // From right to left the next one is at the left.
  const step = (steps[e.key] ?? 0) * (getComputedStyle(e.currentTarget).direction === "rtl" ? -1 : 1);
  const next = e.key === "Home" ? tabs[0] : e.key === "End" ? tabs.at(-1) : step ? tabs[(at + step + tabs.length) % tabs.length] : undefined;
  if (!next) return;
  e.preventDefault();
  next.focus();
  next.click();
}
