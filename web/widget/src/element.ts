import { ApiError, Client } from "./client";
import { h, icons, reconcile, type Row } from "./dom";
import { fromForm } from "./form";
import type { Pending } from "./outbox";
import { styles } from "./styles";
import { inkOn, pieces, safeColour, sizeText } from "./text";
import type { Config, EventName, Identity, UploadedFile, WFile, WMessage } from "./types";
import { language, type Say, speak } from "./words";

declare const __OPEN_SHADOW__: boolean;

/** Where this script came from: the default address of the server. */
const origin = (() => {
  const src = (document.currentScript as HTMLScriptElement | null)?.src;
  try {
    return new URL(".", src ?? location.href).href.replace(/\/$/, "");
  } catch {
    return location.origin;
  }
})();

interface Attachment {
  file: File;
  part: number;
  done: UploadedFile | null;
  error: string | null;
  again: boolean;
  stop: AbortController;
}

const TYPING_EVERY = 3_000;
const GROUP_MS = 5 * 60_000;

export class SwitchboardChat extends HTMLElement {
  static observedAttributes = ["channel", "base-url", "locale", "theme", "open", "identifier", "identifier-hash", "name", "email", "embedded"];

  private readonly shadow = this.attachShadow({ mode: __OPEN_SHADOW__ ? "open" : "closed" });
  private client: Client | null = null;
  private override: Partial<Config> = {};
  private say: Say = speak("en");
  private tongue = "en";
  private attachments: Attachment[] = [];
  private readonly rows = new Map<string, { sig: string; el: HTMLElement }>();
  private scheduled = false;
  private restart = false;
  private stick = true;
  private lastTyping = 0;
  private typingSent = false;
  private quiet = true;
  private overflow: string | null = null;
  private off = new AbortController();
  private readonly sheet = new CSSStyleSheet();
  private readonly colours = new CSSStyleSheet();

  private readonly badge = h("span", { className: "n", hidden: true, "aria-hidden": "true" });
  private readonly fab = h("button", { className: "fab", type: "button", onclick: () => this.toggle() });
  private readonly heading = h("h2", { id: "title" });
  private readonly status = h("p");
  private readonly closer = h("button", { className: "x", type: "button", onclick: () => this.close() }, icons.cross());
  private readonly banner = h("div", { className: "o", role: "status" });
  private readonly list = h("div", { className: "l", role: "log", "aria-live": "polite", tabIndex: 0 });
  private readonly typist = h("span");
  private readonly typing = h("div", { className: "ty" }, h("span", { className: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), this.typist);
  private readonly area = h("textarea", { rows: 1, maxLength: 5000, enterKeyHint: "send", autocomplete: "off" });
  private readonly chips = h("ul", { className: "u" });
  private readonly picker = h("input", { type: "file", multiple: true, hidden: true, tabIndex: -1 });
  private readonly clip = h("button", { className: "b", type: "button", onclick: () => this.picker.click() }, icons.clip());
  private readonly go = h("button", { className: "b go", type: "submit" }, icons.send());
  private readonly composer = h("form", { className: "c" }, this.chips, h("div", { className: "row" }, this.picker, this.clip, this.area, this.go));
  private readonly pre = h("form", { className: "pre", noValidate: true });
  private readonly drop = h("div", { className: "dz", hidden: true });
  private readonly alert = h("div", { className: "sr", role: "alert" });
  private readonly window = h(
    "div",
    { className: "w", role: "dialog", "aria-labelledby": "title", hidden: true, tabIndex: -1 },
    h("header", {}, this.heading, this.status),
    this.closer,
    this.banner,
    this.pre,
    this.list,
    this.typing,
    this.composer,
    this.drop,
    this.alert,
  );
  private readonly root = h("div", { className: "root", hidden: true }, this.fab, this.window);

  constructor() {
    super();
    this.sheet.replaceSync(styles);
    this.shadow.adoptedStyleSheets = [this.sheet, this.colours];
    this.shadow.append(this.root);
    this.composer.onsubmit = (e) => {
      e.preventDefault();
      this.submit();
    };
    this.area.oninput = () => this.typed();
    this.area.onblur = () => this.stopTyping();
    this.area.onkeydown = (e) => {
      if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229) {
        e.preventDefault();
        this.submit();
      }
    };
    this.area.onpaste = (e) => {
      const files = [...(e.clipboardData?.files ?? [])];
      if (files.length) {
        e.preventDefault();
        this.attach(files);
      }
    };
    this.picker.onchange = () => {
      this.attach([...(this.picker.files ?? [])]);
      this.picker.value = "";
      this.area.focus();
    };
    this.list.onscroll = () => {
      this.stick = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
      if (this.list.scrollTop < 60) void this.client?.loadOlder();
    };
    this.window.onkeydown = (e) => this.key(e);
    this.window.ondragover = (e) => {
      if (!this.composer.hidden && e.dataTransfer?.types.includes("Files")) {
        e.preventDefault();
        this.drop.hidden = false;
      }
    };
    this.window.ondragleave = (e) => {
      if (!this.window.contains(e.relatedTarget as Node | null)) this.drop.hidden = true;
    };
    this.window.ondrop = (e) => {
      this.drop.hidden = true;
      if (this.composer.hidden || !e.dataTransfer?.files.length) return;
      e.preventDefault();
      this.attach([...e.dataTransfer.files]);
    };
  }

  connectedCallback(): void {
    this.off = new AbortController();
    const signal = this.off.signal;
    matchMedia("(prefers-color-scheme:dark)").addEventListener("change", () => this.changed(), { signal });
    document.addEventListener("visibilitychange", () => this.changed(), { signal });
    visualViewport?.addEventListener("resize", () => this.fit(), { signal });
    this.boot();
  }

  disconnectedCallback(): void {
    this.off.abort();
    this.client?.stop();
    this.client = null;
    this.lock(false);
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected || !this.client) return;
    if (name === "open") {
      this.opened(after !== null);
      return;
    }
    if (["channel", "base-url", "identifier", "identifier-hash", "name", "email"].includes(name)) {
      if (!this.restart) {
        this.restart = true;
        queueMicrotask(() => {
          this.restart = false;
          if (!this.isConnected) return;
          if (name === "channel" || name === "base-url") this.boot();
          else void this.client?.start(this.identity());
        });
      }
    }
    this.changed();
  }

  // ---- what a page can do

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
    for (const [key, attribute] of [
      ["identifier", "identifier"],
      ["identifier_hash", "identifier-hash"],
      ["name", "name"],
      ["email", "email"],
    ] as const) {
      const value = user[key];
      if (value) this.setAttribute(attribute, value);
      else this.removeAttribute(attribute);
    }
  }

  reset(): void {
    for (const a of ["identifier", "identifier-hash", "name", "email"]) this.removeAttribute(a);
    for (const a of this.attachments) a.stop.abort();
    this.attachments = [];
    this.area.value = "";
    void this.client?.reset();
    this.changed();
  }

  /** Lays settings over those of the server, for the preview in the settings pages. */
  configure(form: Record<string, unknown>): void {
    this.override = fromForm(form);
    // The questions before the chat are drawn once; they have to follow as well.
    this.pre.replaceChildren();
    this.changed();
  }

  // ---- life

  private identity(): Identity {
    const value = (name: string) => this.getAttribute(name) || undefined;
    return { identifier: value("identifier"), identifier_hash: value("identifier-hash"), name: value("name"), email: value("email") };
  }

  private boot(): void {
    this.client?.stop();
    this.client = null;
    this.rows.clear();
    this.list.replaceChildren();
    const channel = this.getAttribute("channel");
    const preview = this.hasAttribute("preview");
    if (!channel && !preview) return;
    const base = (this.getAttribute("base-url") ?? origin).replace(/\/+$/, "");
    this.client = new Client(base, channel ?? "", { changed: () => this.changed(), event: (n, d) => this.emit(n, d) }, preview);
    this.quiet = true;
    if (this.hasAttribute("open")) this.opened(true);
    this.quiet = false;
    void this.client.start(this.identity());
    this.changed();
  }

  private emit(name: EventName, detail: unknown = null): void {
    this.dispatchEvent(new CustomEvent(`switchboard:${name}`, { detail, bubbles: true, composed: true }));
  }

  private get config(): Config | null {
    const base = this.client?.config;
    if (!base && !this.hasAttribute("preview")) return null;
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
      ...this.override,
    };
  }

  private get isOpen(): boolean {
    return this.hasAttribute("open");
  }

  private get full(): boolean {
    return !this.hasAttribute("embedded") && matchMedia("(max-width:480px)").matches;
  }

  private opened(open: boolean): void {
    this.window.hidden = !open;
    this.draw();
    this.lock(open && this.full);
    if (open) {
      this.client?.follow();
      this.stick = true;
      this.bottom();
      if (!this.quiet) this.focusInside();
      this.emit("opened");
    } else {
      const inside = this.shadow.activeElement;
      this.stopTyping();
      if (inside && inside !== this.fab) this.fab.focus();
      this.emit("closed");
    }
  }

  private focusInside(): void {
    if (this.root.hidden) return;
    const target = this.pre.hidden ? this.area : this.pre.querySelector("input");
    (target ?? this.window).focus();
  }

  /** Full screen covers the page, so the page behind must not scroll. */
  private lock(on: boolean): void {
    const style = document.documentElement.style;
    if (on && this.overflow === null) {
      this.overflow = style.overflow;
      style.overflow = "hidden";
    } else if (!on && this.overflow !== null) {
      style.overflow = this.overflow;
      this.overflow = null;
    }
    this.fit();
  }

  private fit(): void {
    const v = visualViewport;
    if (v && this.overflow !== null) this.root.style.setProperty("--vh", `${v.height}px`);
    else this.root.style.removeProperty("--vh");
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "Escape" && !e.isComposing) {
      e.stopPropagation();
      this.close();
    }
    if (e.key !== "Tab" || !this.full) return;
    const stops = [...this.window.querySelectorAll<HTMLElement>("button,input,textarea,a[href],[tabindex='0']")].filter(
      (x) => x.offsetParent && !(x as HTMLButtonElement).disabled && x.tabIndex >= 0,
    );
    const at = this.shadow.activeElement;
    const edge = e.shiftKey ? stops[0] : stops.at(-1);
    if (at === edge || at === this.window) {
      e.preventDefault();
      (e.shiftKey ? stops.at(-1) : stops[0])?.focus();
    }
  }

  // ---- writing

  private typed(): void {
    this.area.style.height = "auto";
    this.area.style.height = `${this.area.scrollHeight + 2}px`;
    this.ready();
    const now = Date.now();
    if (this.area.value.trim() && now - this.lastTyping > TYPING_EVERY) {
      this.lastTyping = now;
      this.typingSent = true;
      this.client?.sayTyping(true);
    } else if (!this.area.value) this.stopTyping();
  }

  private stopTyping(): void {
    if (this.typingSent) this.client?.sayTyping(false);
    this.typingSent = false;
    this.lastTyping = 0;
  }

  private ready(): void {
    const files = this.attachments.filter((a) => !a.error);
    this.go.disabled = files.some((a) => !a.done) || (!this.area.value.trim() && !files.length);
  }

  private submit(): void {
    this.ready();
    if (this.go.disabled || !this.client) return;
    const text = this.area.value.trim();
    const files = this.attachments.flatMap((a) => (a.done ? [a.done] : []));
    this.area.value = "";
    this.attachments = [];
    this.typingSent = false;
    this.lastTyping = 0;
    this.typed();
    this.drawChips();
    this.stick = true;
    this.client.send(text, files);
    this.area.focus();
  }

  private attach(files: File[]): void {
    const limit = this.config?.file_bytes || 25_000_000;
    for (const file of files) {
      const a: Attachment = { file, part: 0, done: null, error: null, again: false, stop: new AbortController() };
      if (file.size > limit) {
        a.error = this.say("tooLarge", { name: file.name, size: sizeText(limit, this.tongue) });
        this.alert.textContent = a.error;
      }
      this.attachments.push(a);
      if (!a.error) this.upload(a);
    }
    this.drawChips();
  }

  private upload(a: Attachment): void {
    a.error = null;
    a.part = 0;
    if (this.hasAttribute("preview")) {
      a.done = { id: "", name: a.file.name, content_type: a.file.type, size_bytes: a.file.size, url: "" };
      return;
    }
    this.client
      ?.upload(
        a.file,
        (part) => {
          a.part = part;
          this.drawChips();
        },
        a.stop.signal,
      )
      .then(
        (done) => {
          a.done = done;
          this.drawChips();
        },
        (e: unknown) => {
          const large = e instanceof ApiError && e.status === 413;
          a.again = !large;
          a.error = large
            ? this.say("tooLarge", { name: a.file.name, size: sizeText(this.config?.file_bytes ?? 0, this.tongue) })
            : this.say("uploadFailed", { name: a.file.name });
          this.alert.textContent = a.error;
          this.drawChips();
        },
      );
  }

  private drawChips(): void {
    const focused = this.shadow.activeElement;
    this.chips.hidden = !this.attachments.length;
    this.chips.replaceChildren(
      ...this.attachments.map((a) => {
        const li = h("li", { className: a.error ? "bad" : "" }, h("span", { title: a.file.name }, a.error ?? a.file.name));
        if (a.error && a.again)
          li.append(
            h(
              "button",
              {
                className: "t",
                type: "button",
                onclick: () => {
                  this.upload(a);
                  this.drawChips();
                },
              },
              this.say("again"),
            ),
          );
        li.append(
          h(
            "button",
            {
              className: "b",
              type: "button",
              ariaLabel: this.say("remove", { name: a.file.name }),
              onclick: () => {
                a.stop.abort();
                this.attachments = this.attachments.filter((x) => x !== a);
                this.drawChips();
                this.area.focus();
              },
            },
            icons.cross(),
          ),
        );
        if (!a.error && !a.done) li.append(h("progress", { max: 1, value: a.part, ariaLabel: this.say("uploading", { name: a.file.name }) }));
        return li;
      }),
    );
    if (focused && !focused.isConnected) this.area.focus();
    this.ready();
  }

  // ---- drawing

  private changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      if (this.isConnected) this.draw();
    });
  }

  private draw(): void {
    const { client, config } = this;
    const appears = this.root.hidden;
    this.root.hidden = !client || !config;
    if (!client || !config) return;
    const lang = language(this.getAttribute("locale"), config.locale, navigator.language);
    if (lang !== this.tongue || appears) {
      this.tongue = lang;
      this.say = speak(lang);
      this.rows.clear();
      this.list.replaceChildren();
      this.texts();
    }
    this.root.lang = lang;
    const theme = this.getAttribute("theme");
    const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme:dark)").matches);
    this.root.className = `root${dark ? " dark" : ""}${/left/.test(config.position) ? " left" : ""}${this.hasAttribute("embedded") ? " embedded" : ""}${this.isOpen ? " is-open" : ""}`;
    const colour = safeColour(config.colour);
    this.colours.replaceSync(`.root{--a:${colour};--i:${inkOn(colour)}}`);

    const unread = client.log.unread(client.seenAt).length;
    const looking = this.isOpen && !document.hidden;
    if (looking && unread && !this.list.hidden) client.seen();
    this.badge.hidden = this.isOpen || !unread;
    this.badge.textContent = unread > 9 ? "9+" : String(unread);
    this.fab.replaceChildren(this.isOpen ? icons.down() : icons.chat(), this.badge);
    this.fab.ariaLabel = this.isOpen ? this.say("close") : unread ? this.say("openUnread", { n: unread }) : this.say("open");
    this.fab.ariaExpanded = String(this.isOpen);
    this.window.hidden = !this.isOpen;
    if (!this.isOpen) return;

    this.window.ariaModal = this.full ? "true" : null;
    this.heading.textContent = config.name || this.say("team");
    this.status.textContent = this.say(config.online ? "online" : "away");
    this.status.className = config.online ? "on" : "";
    const offline = !navigator.onLine && !this.hasAttribute("preview");
    this.banner.hidden = !offline;
    this.banner.textContent = offline ? this.say("offline") : "";

    const asks = this.asks(config, client);
    if (asks && (this.pre.hidden || !this.pre.childElementCount)) this.drawPre(config, client);
    const leaves = !asks && !this.pre.hidden && this.pre.contains(this.shadow.activeElement);
    this.pre.hidden = !asks;
    this.list.hidden = this.composer.hidden = asks;
    if (leaves) this.area.focus();
    this.typing.hidden = asks || client.typing === null;
    if (client.typing !== null) this.typist.textContent = client.typing ? this.say("typing", { name: client.typing }) : this.say("typingNobody");
    if (!asks) this.drawLog(config, client);
    if (appears && !this.quiet) this.bottom();
  }

  private texts(): void {
    this.list.ariaLabel = this.say("log");
    this.closer.ariaLabel = this.say("close");
    this.area.placeholder = this.say("write");
    this.area.ariaLabel = this.say("write");
    this.go.ariaLabel = this.say("send");
    this.go.title = this.say("send");
    this.clip.ariaLabel = this.say("attach");
    this.clip.title = this.say("attach");
    this.drop.textContent = this.say("drop");
    this.picker.ariaLabel = this.say("attach");
    this.pre.replaceChildren();
    this.drawChips();
  }

  private asks(config: Config, client: Client): boolean {
    if (config.pre_chat === "off" || client.preChatDone || client.visitor.verified) return false;
    if (client.conversationId || client.log.all().length || client.outbox.all().length) return false;
    const { name, email } = client.visitor;
    return config.pre_chat === "required" ? !name || (config.email_required && !email) : !name && !email;
  }

  private drawPre(config: Config, client: Client): void {
    const must = config.pre_chat === "required";
    const field = (name: "name" | "email", required: boolean) => {
      const error = h("div", { className: "er", id: `${name}-e`, hidden: true });
      const input = h("input", {
        name,
        id: name,
        type: name === "email" ? "email" : "text",
        autocomplete: name,
        maxLength: 200,
        required,
        "aria-describedby": `${name}-e`,
        value: client.visitor[name] ?? "",
      });
      const label = h("label", { htmlFor: name }, `${this.say(name)} `);
      if (!required) label.append(h("i", {}, `(${this.say("optional")})`));
      const check = () => {
        const v = input.value.trim();
        const wrong =
          required && !v
            ? this.say(name === "name" ? "nameMissing" : "emailMissing")
            : name === "email" && v && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(v)
              ? this.say("emailWrong")
              : "";
        error.textContent = wrong;
        error.hidden = !wrong;
        input.ariaInvalid = String(!!wrong);
        return !wrong;
      };
      input.oninput = () => input.ariaInvalid === "true" && check();
      return { input, check, box: h("div", {}, label, input, error) };
    };
    const name = field("name", must);
    const email = field("email", must && config.email_required);
    this.pre.onsubmit = (e) => {
      e.preventDefault();
      const fine = [name, email].map((f) => f.check());
      if (!fine[0]) return name.input.focus();
      if (!fine[1]) return email.input.focus();
      client.introduce({ name: name.input.value.trim() || undefined, email: email.input.value.trim() || undefined });
    };
    this.pre.replaceChildren(
      ...(config.greeting ? [h("p", {}, config.greeting)] : []),
      h("p", { className: "hint" }, this.say("intro")),
      name.box,
      email.box,
      h("button", { className: "p", type: "submit" }, this.say("start")),
      ...(must ? [] : [h("button", { className: "q", type: "button", onclick: () => client.introduce({}) }, this.say("skip"))]),
    );
  }

  private drawLog(config: Config, client: Client): void {
    const rows: Row[] = [];
    const time = new Intl.DateTimeFormat(this.region, { timeStyle: "short" });
    if (client.loadingOlder) rows.push({ key: "older", sig: "", make: () => h("div", { className: "d" }, this.say("older")) });
    if (config.greeting && !client.older) {
      rows.push({ key: "greeting", sig: config.name + config.greeting, make: () => h("div", { className: "g end" }, ...this.author(config.name), this.bubble(config.greeting)) });
    }
    const said = client.log.all();
    const waiting = client.outbox.all().filter((p) => !client.log.knows(p.echo_id));
    const lastOwn = waiting.length ? undefined : said.findLast((m) => m.from !== "system");
    const lastRead = said.findLast((m) => m.from === "visitor" && m.status === "read");
    let day = "";
    let before: { who: string; at: number } | null = null;
    const all: (WMessage | Pending)[] = [...said, ...waiting];
    all.forEach((m, i) => {
      const date = new Date(m.at);
      const thisDay = date.toDateString();
      if (thisDay !== day) {
        day = thisDay;
        before = null;
        const text = this.day(date);
        rows.push({ key: `day:${thisDay}`, sig: text, make: () => h("div", { className: "d" }, text) });
      }
      const pending = "state" in m ? m : null;
      const message = "state" in m ? null : m;
      if (message?.from === "system") {
        before = null;
        rows.push({ key: message.id, sig: message.text, make: () => h("div", { className: "s" }, message.text) });
        return;
      }
      const mine = !message || message.from === "visitor";
      const who = mine ? "me" : (message?.author_name ?? "");
      const starts: boolean = !before || before.who !== who || date.getTime() - before.at > GROUP_MS;
      const next = all[i + 1];
      const nextMine = next && ("state" in next || next.from === "visitor");
      const ends = !next || !!nextMine !== mine || ("from" in next && next.from === "system");
      before = { who, at: date.getTime() };
      const state = pending ? pending.state : message === lastRead ? "read" : message === lastOwn && mine ? (message?.status ?? "") : "";
      rows.push({
        // A message keeps its row when the server confirms it.
        key: (pending ? pending.echo_id : message?.echo_id) ?? (m as WMessage).id,
        sig: [m.text, state, starts, ends, m.files.map((f) => f.url).join(), message?.author_name].join("\u0001"),
        make: () => {
          const box = h("div", { className: `g${mine ? " me" : ""}${ends ? " end" : ""}` });
          if (starts)
            box.append(
              ...(mine
                ? [h("div", { className: "by" }, h("span", { className: "sr" }, `${this.say("you")} `), time.format(date))]
                : this.author(who || config.name, time.format(date))),
            );
          if (m.text) box.append(this.bubble(m.text));
          box.append(...m.files.map((f) => this.file(f)));
          const label = this.stateText(state);
          if (pending && state !== "waiting")
            box.append(
              h(
                "button",
                {
                  className: "st",
                  type: "button",
                  onclick: () => {
                    this.area.focus();
                    client.retry(pending.echo_id);
                  },
                },
                label,
              ),
            );
          else if (label) box.append(h("div", { className: "st" }, label));
          return box;
        },
      });
    });
    const { scrollHeight, scrollTop } = this.list;
    const first = this.list.querySelector(".g");
    reconcile(this.list, rows, this.rows);
    if (this.stick) this.bottom();
    else if (first !== this.list.querySelector(".g")) this.list.scrollTop = scrollTop + this.list.scrollHeight - scrollHeight;
  }

  private stateText(state: string): string {
    switch (state) {
      case "waiting":
        return this.say("sending");
      case "failed":
        return this.say("notSent");
      case "refused":
        return this.say("refused");
      case "read":
        return this.say("read");
      case "delivered":
        return this.say("delivered");
      case "":
        return "";
      default:
        return this.say("sent");
    }
  }

  private author(name: string, at?: string): HTMLElement[] {
    const text = [name || this.say("team"), at].filter(Boolean).join(" · ");
    return [h("div", { className: "by" }, text)];
  }

  private bubble(text: string): HTMLElement {
    return h(
      "div",
      { className: "m", dir: "auto" },
      ...pieces(text).map((p) => (p.href ? h("a", { href: p.href, target: "_blank", rel: "noopener noreferrer nofollow" }, p.text) : p.text)),
    );
  }

  private file(f: WFile): HTMLElement {
    const url = this.client?.resolve(f.url) ?? null;
    const chip = () => {
      const inner = [icons.file(), h("span", {}, h("b", { title: f.name }, f.name), h("small", {}, sizeText(f.size_bytes, this.tongue)))];
      return url ? h("a", { className: "f", href: url, target: "_blank", rel: "noopener noreferrer", download: f.name }, ...inner) : h("div", { className: "f" }, ...inner);
    };
    const small = this.client?.resolve(f.thumbnail_url);
    if (!small || !url) return chip();
    const img = h("img", { alt: f.name, loading: "lazy", decoding: "async", referrerPolicy: "no-referrer" });
    const link = h("a", { className: "im", href: url, target: "_blank", rel: "noopener noreferrer", title: f.name }, img);
    img.onload = () => this.stick && this.bottom();
    img.onerror = () => link.replaceWith(chip());
    img.src = small;
    return link;
  }

  private day(date: Date): string {
    const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
    const ago = Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
    if (ago === 0) return this.say("today");
    if (ago === 1) return this.say("yesterday");
    return new Intl.DateTimeFormat(this.region, { day: "numeric", month: "long", year: ago > 300 ? "numeric" : undefined }).format(date);
  }

  /** The reader's own way of writing times, where it fits the language of the chat. */
  private get region(): string {
    return navigator.languages.find((l) => l.startsWith(this.tongue)) ?? this.tongue;
  }

  private bottom(): void {
    this.list.scrollTop = this.list.scrollHeight;
  }
}
