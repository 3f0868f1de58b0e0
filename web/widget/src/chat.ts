import { Client } from "./client";
import { composer } from "./composer";
import { cover } from "./cover";
import { button, h, icons } from "./dom";
import { fromForm } from "./form";
import { asks, drawQuestions } from "./questions";
import { styles } from "./styles";
import { inkOn, safeColour } from "./text";
import { thread } from "./thread";
import type { Config, EventName, Identity } from "./types";
import { language, speak, type Voice } from "./words";

/** Where this script came from: the default address of the server. */
const origin = (() => {
  const src = (document.currentScript as HTMLScriptElement | null)?.src;
  try {
    return new URL(".", src ?? location.href).href.replace(/\/$/, "");
  } catch {
    return location.origin;
  }
})();

/** One chat in its element: its life, and what it looks like at every moment. */
export function makeChat(element: HTMLElement, shadow: ShadowRoot) {
  const voice: Voice = { say: speak("en"), tongue: "en" };
  const sheet = new CSSStyleSheet();
  const colours = new CSSStyleSheet();
  let client: Client | null = null;
  let override: Partial<Config> = {};
  let scheduled = false;
  let restart = false;
  let quiet = true;
  let off = new AbortController();

  const is = (attribute: string) => element.hasAttribute(attribute);
  const value = (attribute: string) => element.getAttribute(attribute) || undefined;
  const preview = () => is("preview");
  const isOpen = () => is("open");
  const active = () => shadow.activeElement;
  const full = () => !is("embedded") && matchMedia("(max-width:480px)").matches;
  const close = () => element.removeAttribute("open");

  const log = thread(
    voice,
    () => void client?.loadOlder(),
    () => area.focus(),
  );
  const { list } = log;
  const writing = composer(voice, { client: () => client, config, preview, active, sent: log.follow });
  const { area, form } = writing;

  const badge = h("span", { className: "n", hidden: true, "aria-hidden": "true" });
  const fab = button("fab", () => element.toggleAttribute("open"));
  const heading = h("h2", { id: "title" });
  const status = h("p");
  const closer = button("x", close, icons.cross());
  const banner = h("div", { className: "o", role: "status" });
  const pre = h("form", { className: "pre", noValidate: true });
  const typist = h("span");
  const typing = h("div", { className: "ty" }, h("span", { className: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), typist);
  const frame = h(
    "div",
    { className: "w", role: "dialog", "aria-labelledby": "title", hidden: true, tabIndex: -1 },
    h("header", {}, heading, status),
    closer,
    banner,
    pre,
    list,
    typing,
    form,
    writing.drop,
    writing.alert,
  );
  const root = h("div", { className: "root", hidden: true }, fab, frame);
  const covering = cover(root, frame, { full, active, close });

  sheet.replaceSync(styles);
  shadow.adoptedStyleSheets = [sheet, colours];
  shadow.append(root);
  writing.takeDrops(frame);

  // ---- life

  function arrive(): void {
    off = new AbortController();
    const { signal } = off;
    matchMedia("(prefers-color-scheme:dark)").addEventListener("change", changed, { signal });
    document.addEventListener("visibilitychange", changed, { signal });
    visualViewport?.addEventListener("resize", covering.measure, { signal });
    boot();
  }

  function leave(): void {
    off.abort();
    client?.stop();
    client = null;
    covering.lock(false);
  }

  /** An attribute says something else than before. */
  function told(name: string, now: string | null): void {
    if (!client) return;
    if (name === "open") {
      opened(now !== null);
      return;
    }
    const another = name === "channel" || name === "base-url";
    if ((another || /^(identifier|name|email)/.test(name)) && !restart) {
      restart = true;
      queueMicrotask(() => {
        restart = false;
        if (!element.isConnected) return;
        if (another) boot();
        else void client?.start(identity());
      });
    }
    changed();
  }

  function identity(): Identity {
    return { identifier: value("identifier"), identifier_hash: value("identifier-hash"), name: value("name"), email: value("email") };
  }

  function boot(): void {
    client?.stop();
    client = null;
    log.clear();
    const channel = value("channel");
    if (!channel && !preview()) return;
    const base = (value("base-url") ?? origin).replace(/\/+$/, "");
    client = new Client(base, channel ?? "", { changed, event: emit }, preview());
    quiet = true;
    if (isOpen()) opened(true);
    quiet = false;
    void client.start(identity());
    changed();
  }

  function reset(): void {
    writing.reset();
    void client?.reset();
    changed();
  }

  function configure(form: Record<string, unknown>): void {
    override = fromForm(form);
    // The questions before the chat are drawn once; they have to follow as well.
    pre.replaceChildren();
    changed();
  }

  function emit(name: EventName, detail: unknown = null): void {
    element.dispatchEvent(new CustomEvent(`switchboard:${name}`, { detail, bubbles: true, composed: true }));
  }

  function config(): Config | null {
    const base = client?.config;
    if (!base && !preview()) return null;
    return {
      name: "",
      greeting: "",
      colour: "",
      position: "right",
      locale: "",
      pre_chat: "off",
      email_required: false,
      online: true,
      file_bytes: 25_000_000,
      ...base,
      ...override,
    };
  }

  function opened(open: boolean): void {
    frame.hidden = !open;
    draw();
    covering.lock(open && full());
    if (open) {
      client?.follow();
      log.follow();
      if (!quiet && !root.hidden) ((pre.hidden ? area : pre.querySelector("input")) ?? frame).focus();
      emit("opened");
    } else {
      const inside = active();
      writing.stopTyping();
      if (inside && inside !== fab) fab.focus();
      emit("closed");
    }
  }

  // ---- drawing

  function changed(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      if (element.isConnected) draw();
    });
  }

  function draw(): void {
    const now = config();
    const appears = root.hidden;
    root.hidden = !client || !now;
    if (!client || !now) return;
    const lang = language(value("locale"), now.locale, navigator.language);
    if (lang !== voice.tongue || appears) {
      voice.tongue = lang;
      voice.say = speak(lang);
      log.clear();
      closer.ariaLabel = voice.say("close");
      pre.replaceChildren();
      writing.texts();
    }
    const { say } = voice;
    const open = isOpen();
    root.lang = lang;
    const theme = value("theme");
    const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme:dark)").matches);
    root.className = `root${dark ? " dark" : ""}${/left/.test(now.position) ? " left" : ""}${is("embedded") ? " embedded" : ""}${open ? " is-open" : ""}`;
    const colour = safeColour(now.colour);
    colours.replaceSync(`.root{--a:${colour};--i:${inkOn(colour)}}`);

    const unread = client.log.unread(client.seenAt).length;
    if (open && !document.hidden && unread && !list.hidden) client.seen();
    badge.hidden = open || !unread;
    badge.textContent = unread > 9 ? "9+" : String(unread);
    fab.replaceChildren(open ? icons.down() : icons.chat(), badge);
    fab.ariaLabel = open ? say("close") : unread ? say("openUnread", { n: unread }) : say("open");
    fab.ariaExpanded = String(open);
    frame.hidden = !open;
    if (!open) return;

    frame.ariaModal = full() ? "true" : null;
    heading.textContent = now.name || say("team");
    status.textContent = say(now.online ? "online" : "away");
    status.className = now.online ? "on" : "";
    const offline = !navigator.onLine && !preview();
    banner.hidden = !offline;
    banner.textContent = offline ? say("offline") : "";

    const asking = asks(now, client);
    if (asking && (pre.hidden || !pre.childElementCount)) drawQuestions(pre, say, now, client);
    const leaves = !asking && !pre.hidden && pre.contains(active());
    pre.hidden = !asking;
    list.hidden = form.hidden = asking;
    if (leaves) area.focus();
    typing.hidden = asking || client.typing === null;
    if (client.typing !== null) typist.textContent = client.typing ? say("typing", { name: client.typing }) : say("typingNobody");
    if (!asking) log.draw(now, client);
    if (appears && !quiet) log.bottom();
  }

  return { arrive, leave, told, reset, configure };
}
