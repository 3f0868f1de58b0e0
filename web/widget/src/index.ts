import { SwitchboardChat } from "./element";
import type { EventName, Identity } from "./types";

type Call = [name: string, ...values: unknown[]];

/** The chat of this page: the first element that is not a preview. */
const chat = () => document.querySelector<SwitchboardChat>("switchboard-chat:not([preview])");

const waiting: ((chat: SwitchboardChat) => void)[] = [];

/** Pages may speak before the element stands in the document. */
function tell(act: (chat: SwitchboardChat) => void): void {
  const element = chat();
  if (element instanceof SwitchboardChat) act(element);
  else waiting.push(act);
}

const api = {
  open: () => tell((c) => c.open()),
  close: () => tell((c) => c.close()),
  toggle: () => tell((c) => c.toggle()),
  setUser: (user: Identity) => tell((c) => c.setUser(user)),
  reset: () => tell((c) => c.reset()),
  /** Calls back on ready, message, opened, closed and error; returns a function that ends it. */
  on(event: EventName, run: (detail: unknown) => void): () => void {
    const listener = (e: Event) => {
      if (!(e.target as Element).hasAttribute("preview")) run((e as CustomEvent).detail);
    };
    document.addEventListener(`switchboard:${event}`, listener);
    return () => document.removeEventListener(`switchboard:${event}`, listener);
  },
  /** For pages that queue calls before this script has loaded. */
  push: (...calls: Call[]) => {
    for (const [name, ...values] of calls) {
      const run = (api as unknown as Record<string, (...v: unknown[]) => unknown>)[name];
      if (name !== "push" && typeof run === "function") run(...values);
    }
  },
};

const page = window as unknown as { SwitchboardChat?: unknown };
const early = page.SwitchboardChat;
if (!customElements.get("switchboard-chat")) {
  page.SwitchboardChat = api;
  if (Array.isArray(early)) api.push(...(early as Call[]));
  customElements.define("switchboard-chat", SwitchboardChat);
  const settle = () => {
    const element = chat();
    if (element) for (const act of waiting.splice(0)) act(element);
    return !!element;
  };
  if (!settle()) {
    const observer = new MutationObserver(() => settle() && observer.disconnect());
    observer.observe(document, { childList: true, subtree: true });
  }
}
