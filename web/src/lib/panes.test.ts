// @vitest-environment jsdom
import { beforeEach, expect, it } from "vitest";
import { focusPane, neighbourPane, panesOf } from "./panes";

beforeEach(() => {
  document.body.innerHTML = `
    <nav id="rail"><a href="/inbox">Inbox</a><a href="/contacts" aria-current="page">Contacts</a></nav>
    <main id="main">
      <section id="list" data-pane><button>Search</button><a href="/1" data-row="1">One</a><a href="/2" data-row="2" aria-current="true">Two</a></section>
      <div id="thread" data-pane><button>Assign</button><div role="log" tabindex="0"></div><textarea></textarea></div>
      <aside id="details"></aside>
    </main>`;
});
const ids = () => panesOf(document).map((p) => p.id);
const focused = () => document.activeElement;

it("finds the innermost panes in order", () => {
  expect(ids()).toEqual(["rail", "list", "thread", "details"]);
  document.getElementById("main")?.replaceChildren();
  expect(ids()).toEqual(["rail", "main"]);
});

it("goes round in both directions, and in from outside at the right end", () => {
  const panes = panesOf(document);
  const inside = (id: string) => document.querySelector(`#${id} *`) ?? document.getElementById(id);
  expect(neighbourPane(panes, inside("rail"), false)?.id).toBe("list");
  expect(neighbourPane(panes, inside("rail"), true)?.id).toBe("details");
  expect(neighbourPane(panes, document.getElementById("details"), false)?.id).toBe("rail");
  expect(neighbourPane(panes, document.body, false)?.id).toBe("rail");
  expect(neighbourPane(panes, document.body, true)?.id).toBe("details");
  expect(neighbourPane([], document.body, true)).toBeUndefined();
});

it("puts the focus on what matters in a pane", () => {
  const [rail, list, thread, details] = panesOf(document);
  for (const [pane, words] of [
    [rail, "Contacts"],
    [list, "Two"],
  ] as const) {
    if (pane) focusPane(pane);
    expect(focused()?.textContent).toBe(words);
  }
  if (thread) focusPane(thread);
  expect(focused()?.getAttribute("role")).toBe("log");
  if (details) focusPane(details);
  expect(focused()?.id).toBe("details");
});

it("begins with the first row where nothing is open", () => {
  document.querySelector("[data-row='2']")?.removeAttribute("aria-current");
  const list = document.getElementById("list");
  if (list) focusPane(list);
  expect(focused()?.textContent).toBe("One");
});
