type Props = Record<string, unknown>;

/** Makes an element. Text is always set as text; attributes with a dash or role go through setAttribute. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined) continue;
    if (k in e) (e as unknown as Props)[k] = v;
    else e.setAttribute(k, String(v));
  }
  e.append(...children);
  return e;
}

/** A button that does something itself and sends no form. */
export const button = (className: string, onclick: () => void, ...children: (Node | string)[]) => h("button", { className, type: "button", onclick }, ...children);

const SVG = "http://www.w3.org/2000/svg";

export function icon(...paths: string[]): SVGElement {
  const s = document.createElementNS(SVG, "svg");
  for (const [k, v] of [
    ["viewBox", "0 0 24 24"],
    ["fill", "none"],
    ["stroke", "currentColor"],
    ["stroke-width", "1.9"],
    ["stroke-linecap", "round"],
    ["stroke-linejoin", "round"],
    ["aria-hidden", "true"],
  ] as const)
    s.setAttribute(k, v);
  for (const d of paths) {
    const p = document.createElementNS(SVG, "path");
    p.setAttribute("d", d);
    s.append(p);
  }
  return s;
}

export const icons = {
  chat: () => icon("M21 12a8.5 8.5 0 0 1-12.400 7.550L3.500 21l1.450-5.100A8.500 8.500 0 1 1 21 12z"),
  cross: () => icon("M6 6l12 12", "M18 6 6 18"),
  down: () => icon("M6 9.500l6 6 6-6"),
  send: () => icon("M5 12h14", "M13 6l6 6-6 6"),
  clip: () => icon("M21 11.500l-8.800 8.800a5.500 5.500 0 0 1-7.800-7.800l8.500-8.500a3.700 3.700 0 0 1 5.200 5.200l-8.500 8.500a1.800 1.800 0 0 1-2.600-2.600l7.800-7.800"),
  file: () => icon("M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8z", "M14 3v5h5"),
};

export interface Row {
  key: string;
  /** Changes when the row must be drawn anew; an unchanged row keeps its element, so screen readers hear only what is new. */
  sig: string;
  make(): HTMLElement;
}

/** Brings a container's children in line with the rows, touching only what changed. */
export function reconcile(box: HTMLElement, rows: readonly Row[], known: Map<string, { sig: string; el: HTMLElement }>): void {
  const keep = new Set(rows.map((r) => r.key));
  for (const [key, { el }] of known) {
    if (!keep.has(key)) {
      el.remove();
      known.delete(key);
    }
  }
  let at: ChildNode | null = box.firstChild;
  for (const row of rows) {
    let entry = known.get(row.key);
    if (!entry || entry.sig !== row.sig) {
      const el = row.make();
      if (entry) {
        if (at === entry.el) at = el;
        entry.el.replaceWith(el);
      }
      entry = { sig: row.sig, el };
      known.set(row.key, entry);
    }
    if (entry.el === at) at = at.nextSibling;
    else box.insertBefore(entry.el, at);
  }
}
