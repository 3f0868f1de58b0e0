import { makeChat } from "./chat";
import type { Identity } from "./types";

declare const __OPEN_SHADOW__: boolean;

/** Who the visitor is, by attribute. */
const PERSON = ["identifier", "identifier-hash", "name", "email"] as const;

/** The chat as a page has it: attributes and a few calls. All that happens inside is out of its reach. */
export class SwitchboardChat extends HTMLElement {
  static observedAttributes = ["channel", "base-url", "locale", "theme", "open", ...PERSON, "embedded"];

  private readonly chat = makeChat(this, this.attachShadow({ mode: __OPEN_SHADOW__ ? "open" : "closed" }));

  connectedCallback(): void {
    this.chat.arrive();
  }

  disconnectedCallback(): void {
    this.chat.leave();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before !== after && this.isConnected) this.chat.told(name, after);
  }

  open(): void {
    this.setAttribute("open", "");
  }

  close(): void {
    this.removeAttribute("open");
  }

  toggle(): void {
    this.toggleAttribute("open");
  }

  setUser(user: Identity): void {
    for (const attribute of PERSON) {
      const value = user[attribute.replace("-", "_") as keyof Identity];
      if (value) this.setAttribute(attribute, value);
      else this.removeAttribute(attribute);
    }
  }

  reset(): void {
    this.setUser({});
    this.chat.reset();
  }

  /** Lays settings over those of the server, for the preview in the settings pages. */
  configure(form: Record<string, unknown>): void {
    this.chat.configure(form);
  }
}
