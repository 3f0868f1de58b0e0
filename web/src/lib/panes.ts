/** Where the focus goes first within a pane: to what is open, to the first row, to what can be read, to anything. */
const FIRST = ["[aria-current=true]", "[aria-current=page]", "[data-row]", "[role=log]", "a[href],button:not([disabled]),input,textarea,[tabindex='0']"];

const visible = (e: Element) => (e.checkVisibility ? e.checkVisibility({ visibilityProperty: true }) : true);

/** The panes of a page from start to end: the innermost ones, since a sheet with panes in it is none itself. */
export function panesOf(root: ParentNode): HTMLElement[] {
  const all = [...root.querySelectorAll<HTMLElement>("nav,[data-pane],main,aside")].filter(visible);
  return all.filter((p) => p.matches("[data-pane]") || !all.some((other) => other !== p && p.contains(other)));
}

/** The place to go to from the one that has the focus, round and round; without one, from outside. */
export function neighbourPane(panes: readonly HTMLElement[], focused: Element | null, back: boolean): HTMLElement | undefined {
  const at = panes.findIndex((p) => p.contains(focused));
  if (at < 0) return back ? panes.at(-1) : panes[0];
  return panes[(at + (back ? -1 : 1) + panes.length) % panes.length];
}

export function focusPane(pane: HTMLElement) {
  for (const selector of FIRST) {
    const first = [...pane.querySelectorAll<HTMLElement>(selector)].find(visible);
    if (!first) continue;
    first.focus();
    return;
  }
  pane.tabIndex = -1;
  pane.focus();
}
