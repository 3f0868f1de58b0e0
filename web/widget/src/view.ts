import { button, h, icons } from "./dom";

/** Everything that is seen, made once. What it does when it is used is said by those who own the part. */
export function makeView() {
  const badge = h("span", { className: "n", hidden: true, "aria-hidden": "true" });
  const fab = button("fab");
  const heading = h("h2", { id: "title" });
  const status = h("p");
  const closer = button("x", undefined, icons.cross());
  const banner = h("div", { className: "o", role: "status" });
  const list = h("div", { className: "l", role: "log", "aria-live": "polite", tabIndex: 0 });
  const typist = h("span");
  const typing = h("div", { className: "ty" }, h("span", { className: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), typist);
  const area = h("textarea", { rows: 1, maxLength: 5000, enterKeyHint: "send", autocomplete: "off" });
  const chips = h("ul", { className: "u" });
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabIndex: -1 });
  const clip = button("b", undefined, icons.clip());
  const go = h("button", { className: "b go", type: "submit" }, icons.send());
  const composer = h("form", { className: "c" }, chips, h("div", { className: "row" }, picker, clip, area, go));
  const pre = h("form", { className: "pre", noValidate: true });
  const drop = h("div", { className: "dz", hidden: true });
  const alert = h("div", { className: "sr", role: "alert" });
  const frame = h(
    "div",
    { className: "w", role: "dialog", "aria-labelledby": "title", hidden: true, tabIndex: -1 },
    h("header", {}, heading, status),
    closer,
    banner,
    pre,
    list,
    typing,
    composer,
    drop,
    alert,
  );
  const root = h("div", { className: "root", hidden: true }, fab, frame);

  return { badge, fab, heading, status, closer, banner, list, typist, typing, area, chips, picker, clip, go, composer, pre, drop, alert, window: frame, root };
}

export type View = ReturnType<typeof makeView>;
