interface Host {
  /** Whether the chat covers the whole screen. */
  full(): boolean;
  /** What has the focus inside. */
  active(): Element | null;
  close(): void;
}

/** A chat over the whole page: the page behind must not scroll, and the focus stays inside. */
export function cover(root: HTMLElement, frame: HTMLElement, { full, active, close }: Host) {
  let overflow: string | null = null;

  function lock(on: boolean): void {
    const { style } = document.documentElement;
    if (on && overflow === null) {
      overflow = style.overflow;
      style.overflow = "hidden";
    } else if (!on && overflow !== null) {
      style.overflow = overflow;
      overflow = null;
    }
    measure();
  }

  /** Above the keyboard of a phone. */
  function measure(): void {
    const v = visualViewport;
    if (v && overflow !== null) root.style.setProperty("--vh", `${v.height}px`);
    else root.style.removeProperty("--vh");
  }

  frame.onkeydown = (e) => {
    if (e.key === "Escape" && !e.isComposing) {
      e.stopPropagation();
      close();
    }
    if (e.key !== "Tab" || !full()) return;
    const stops = [...frame.querySelectorAll<HTMLElement>("button,input,textarea,a[href],[tabindex='0']")].filter(
      (x) => x.offsetParent && !(x as HTMLButtonElement).disabled && x.tabIndex >= 0,
    );
    const at = active();
    const edge = e.shiftKey ? stops[0] : stops.at(-1);
    if (at === edge || at === frame) {
      e.preventDefault();
      (e.shiftKey ? stops.at(-1) : stops[0])?.focus();
    }
  };

  return { lock, measure };
}
