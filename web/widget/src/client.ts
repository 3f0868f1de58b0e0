import { MessageLog } from "./log";
import { Outbox, type Outcome, type Pending } from "./outbox";
import { localStore, memoryStore, type Store } from "./store";
import type { Config, EventName, Frame, Identity, Session, UploadedFile, Visitor, WMessage } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail || code);
  }
}

export interface Host {
  changed(): void;
  event(name: EventName, detail?: unknown): void;
}

const STREAM_SILENCE = 45_000;
const HIDDEN_GRACE = 60_000;

/** Talks to the server for one channel: session, messages, files and the event stream. */
export class Client {
  config: Config | null = null;
  visitor: Visitor = { name: null, email: null, verified: false };
  conversationId: string | null = null;
  typing: string | null = null;
  older = true;
  loadingOlder = false;
  /** The server has answered at least once on this page. */
  live = false;
  readonly log = new MessageLog();
  readonly outbox: Outbox;
  private readonly store: Store;
  private readonly nameOf: (key: string | null) => string | null;
  private identity: Identity = {};
  private token: string | null = null;
  private cursor = "";
  private stream: EventSource | null = null;
  private wanted = false;
  private fails = 0;
  private stopped = false;
  private readonly timers = new Map<string, number>();
  private readonly off = new AbortController();

  constructor(
    private readonly base: string,
    private readonly key: string,
    private readonly host: Host,
    private readonly preview = false,
  ) {
    const store = preview ? { ...memoryStore(), nameOf: () => null } : localStore(key);
    this.store = store;
    this.nameOf = store.nameOf;
    this.outbox = new Outbox(store, () => host.changed());
    if (preview) {
      this.older = false;
      return;
    }
    const signal = this.off.signal;
    addEventListener("storage", (e) => this.otherTab(this.nameOf(e.key)), { signal });
    addEventListener("online", () => this.wake(), { signal });
    addEventListener("offline", () => host.changed(), { signal });
    document.addEventListener("visibilitychange", () => this.visibility(), { signal });
  }

  stop(): void {
    this.stopped = true;
    this.off.abort();
    this.stream?.close();
    for (const id of this.timers.values()) clearTimeout(id);
  }

  // ---- session

  /** Starts or resumes the visitor's session. A changed person never sees what the last one wrote. */
  async start(identity: Identity): Promise<void> {
    this.identity = identity;
    if (this.preview) return;
    const who = identity.identifier ?? null;
    const last = this.store.get("who");
    if (last && who && last !== who) this.forget();
    this.store.set("who", who ?? last);
    if (!this.config) {
      try {
        this.config = JSON.parse(this.store.get("config") ?? "null") as Config | null;
      } catch {
        this.config = null;
      }
    }
    this.host.changed();
    await this.session();
  }

  async reset(): Promise<void> {
    this.forget();
    this.identity = {};
    this.host.changed();
    if (!this.preview) await this.session();
  }

  get seenAt(): string | null {
    return this.store.get("seen");
  }

  get preChatDone(): boolean {
    return this.store.get("prechat") === "1";
  }

  set preChatDone(done: boolean) {
    this.store.set("prechat", done ? "1" : null);
  }

  private forget(): void {
    for (const name of ["token", "who", "seen", "prechat", "profile"]) this.store.set(name, null);
    this.clear();
    this.wanted = false;
    this.outbox.clear();
  }

  /** Another visitor from here on: nothing of the last one stays on the screen. */
  private clear(): void {
    this.stream?.close();
    this.stream = null;
    this.token = null;
    this.cursor = "";
    this.conversationId = null;
    this.visitor = { name: null, email: null, verified: false };
    this.older = true;
    this.log.clear();
  }

  private session(): Promise<void> {
    // One tab at a time, so that two tabs opened together become one visitor.
    return this.alone("session", () => this.openSession()).catch(() => {});
  }

  private async openSession(): Promise<void> {
    if (this.stopped) return;
    const known = this.store.get("token");
    let session: Session;
    try {
      session = await this.raw<Session>("POST", "session", {
        visitor_token: known ?? undefined,
        ...this.identity,
        page_url: location.href,
        referrer: document.referrer || undefined,
        language: navigator.language,
      });
    } catch (e) {
      if (e instanceof ApiError && e.status === 401 && this.identity.identifier) {
        // A wrong signature: stay anonymous rather than unusable.
        this.host.event("error", { code: e.code, detail: e.message });
        this.identity = {};
        this.store.set("who", null);
        return this.openSession();
      }
      if (e instanceof ApiError && e.status === 401 && known) {
        this.store.set("token", null);
        return this.openSession();
      }
      if (e instanceof ApiError && e.status >= 400 && e.status < 500 && e.status !== 429) {
        this.config = null;
        this.store.set("config", null);
        this.host.event("error", { code: e.code, detail: e.message });
        this.host.changed();
        return;
      }
      this.fails++;
      this.later("session", () => void this.session(), this.delay());
      return;
    }
    if (this.stopped) return;
    this.fails = 0;
    if (this.token !== null && this.token !== session.visitor_token) this.clear();
    this.token = session.visitor_token;
    // A proved person is known by the proof; storing their token would hand it to the next user of this browser.
    if (!session.visitor.verified && known !== this.token) this.store.set("token", this.token);
    this.config = session.config;
    this.store.set("config", JSON.stringify(session.config));
    this.visitor = session.visitor;
    this.conversationId = session.conversation_id;
    this.log.merge(session.messages);
    if (!(session.has_older ?? session.messages.length >= 50)) this.older = false;
    for (const m of session.messages) this.confirm(m);
    this.cursor = session.cursor;
    if (session.conversation_id) this.wanted = true;
    const first = !this.live;
    this.live = true;
    this.host.changed();
    if (first) this.host.event("ready", { conversation_id: session.conversation_id });
    this.listen();
    void this.flush();
  }

  // ---- messages

  send(text: string, files: UploadedFile[] = []): void {
    const pending = this.outbox.add({ text, files: files.map(({ id: _, ...f }) => f), file_ids: files.map((f) => f.id), page_url: location.href });
    if (this.preview) {
      this.outbox.remove(pending.echo_id);
      this.log.merge([{ id: pending.echo_id, echo_id: pending.echo_id, from: "visitor", author_name: null, text, files: [], at: pending.at, status: "sent" }]);
      this.host.changed();
      return;
    }
    this.follow();
    void this.flush();
  }

  retry(echoId: string): void {
    this.outbox.revive(echoId);
    void this.flush();
  }

  async flush(): Promise<void> {
    if (this.preview || !this.token || this.stopped) return;
    await this.alone("queue", async () => {
      await this.sendProfile();
      await this.outbox.flush((p) => this.deliver(p));
    }).catch(() => {});
    if (this.outbox.all().some((p) => p.state === "failed")) this.later("flush", () => void this.flush(), this.delay(5_000));
  }

  private async deliver(pending: Pending): Promise<Outcome> {
    if (this.log.knows(pending.echo_id)) return "sent";
    try {
      const { echo_id, text, file_ids, page_url } = pending;
      this.take([await this.call<WMessage>("POST", "messages", { echo_id, text, file_ids, page_url })]);
      this.wanted = true;
      this.listen();
      return "sent";
    } catch (e) {
      const refused = e instanceof ApiError && e.status >= 400 && e.status < 500 && ![401, 408, 425, 429].includes(e.status);
      if (refused) this.host.event("error", { code: e.code, detail: e.message });
      return refused ? "refused" : "later";
    }
  }

  async loadOlder(): Promise<void> {
    const first = this.log.oldest();
    if (!this.older || this.loadingOlder || !first || this.preview) return;
    this.loadingOlder = true;
    this.host.changed();
    try {
      const page = await this.call<{ data: WMessage[]; next: string | null }>("GET", `messages?before=${encodeURIComponent(first.id)}`);
      this.older = page.next !== null && this.log.merge(page.data).length > 0;
      if (!this.older) this.log.merge(page.data);
    } catch {
      // Scrolling up again asks again.
    }
    this.loadingOlder = false;
    this.host.changed();
  }

  upload(file: File, progress: (part: number) => void, signal: AbortSignal): Promise<UploadedFile> {
    return new Promise((done, fail) => {
      const x = new XMLHttpRequest();
      x.open("POST", this.url("files"));
      x.setRequestHeader("X-Visitor-Token", this.token ?? "");
      x.responseType = "json";
      x.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
      x.onload = () => (x.status < 300 && x.response ? done(x.response as UploadedFile) : fail(new ApiError(x.status, x.response?.code ?? "", x.response?.detail ?? "")));
      x.onerror = () => fail(new ApiError(0, "network", ""));
      signal.addEventListener("abort", () => x.abort());
      const form = new FormData();
      form.append("file", file, file.name);
      x.send(form);
    });
  }

  sayTyping(typing: boolean): void {
    if (this.token && !this.preview) this.call("POST", "typing", { typing }).catch(() => {});
  }

  /** The visitor has the conversation before their eyes. */
  seen(): void {
    const last = this.log.unread(this.seenAt).at(-1);
    if (!last || this.preview) return;
    this.store.set("seen", last.at);
    this.host.changed();
    this.call("POST", "read", { up_to: last.id }).catch(() => {});
  }

  /** Keeps who the visitor said they are until the server has it. */
  introduce(profile: { name?: string; email?: string }): void {
    this.visitor = { ...this.visitor, ...profile };
    this.preChatDone = true;
    if (profile.name || profile.email) this.store.set("profile", JSON.stringify(profile));
    void this.flush();
    this.host.changed();
  }

  private async sendProfile(): Promise<void> {
    const profile = this.store.get("profile");
    if (!profile) return;
    try {
      await this.call("PATCH", "visitor", JSON.parse(profile));
    } catch (e) {
      if (!(e instanceof ApiError) || e.status === 0 || e.status >= 500 || e.status === 429) throw e;
    }
    this.store.set("profile", null);
  }

  private confirm(m: WMessage): void {
    if (m.echo_id) this.outbox.remove(m.echo_id);
  }

  private take(list: WMessage[]): void {
    for (const m of this.log.merge(list)) this.host.event("message", { id: m.id, from: m.from, text: m.text, at: m.at });
    for (const m of list) this.confirm(m);
    this.host.changed();
  }

  // ---- event stream

  /** From now on answers should arrive by themselves. */
  follow(): void {
    this.wanted = true;
    this.listen();
  }

  private listen(): void {
    if (!this.wanted || this.stream || !this.token || this.stopped || this.preview || document.hidden) return;
    const stream = new EventSource(`${this.url("events")}?token=${encodeURIComponent(this.token)}&since=${encodeURIComponent(this.cursor)}`);
    this.stream = stream;
    this.watch();
    stream.onopen = () => {
      this.fails = 0;
      this.watch();
      this.host.changed();
      void this.flush();
    };
    stream.onmessage = (e) => {
      this.watch();
      try {
        this.frame(JSON.parse(e.data as string) as Frame);
      } catch {
        // A frame of a later version; what matters is fetched with the next session.
      }
    };
    stream.onerror = () => this.reopen();
  }

  private reopen(): void {
    this.stream?.close();
    this.stream = null;
    this.fails++;
    // After a few failures the token or the cursor may be too old; a new session settles both.
    this.later("stream", () => (this.fails > 2 ? void this.session() : this.listen()), this.delay());
  }

  private frame(frame: Frame): void {
    if (frame.cursor) this.cursor = frame.cursor;
    switch (frame.type) {
      case "message":
        if (frame.message.from === "agent") this.setTyping(null);
        this.take([frame.message]);
        break;
      case "message_updated":
        this.take([frame.message]);
        break;
      case "typing":
        this.setTyping(frame.typing ? (frame.name ?? "") : null);
        break;
      case "read":
        this.log.markRead(frame.up_to);
        this.host.changed();
        break;
      case "reset":
        void this.session();
        break;
    }
  }

  private setTyping(name: string | null): void {
    this.typing = name;
    if (name !== null) this.later("typing", () => this.setTyping(null), 8_000);
    this.host.changed();
  }

  private watch(): void {
    this.later("watch", () => this.stream && this.reopen(), STREAM_SILENCE);
  }

  private wake(): void {
    this.fails = 0;
    this.host.changed();
    if (!this.token) void this.session();
    else if (this.stream) void this.flush();
    else {
      this.listen();
      void this.flush();
    }
  }

  private visibility(): void {
    if (document.hidden) {
      // A hidden tab gives its connection back; a browser allows only a few per site.
      this.later(
        "hidden",
        () => {
          this.stream?.close();
          this.stream = null;
          clearTimeout(this.timers.get("watch"));
          clearTimeout(this.timers.get("stream"));
        },
        HIDDEN_GRACE,
      );
    } else {
      clearTimeout(this.timers.get("hidden"));
      if (!this.stream) this.listen();
      this.host.changed();
    }
  }

  private otherTab(name: string | null): void {
    if (name === "queue" || name === "seen" || name === "prechat") this.host.changed();
    const token = this.store.get("token");
    if (name === "token" && token !== this.token && !this.visitor.verified) {
      this.clear();
      this.host.changed();
      // The other tab may still be fetching its new token.
      this.later("session", () => void this.session(), token ? 0 : 1_500);
    }
  }

  // ---- transport

  private url(path: string): string {
    return `${this.base}/widget/api/${encodeURIComponent(this.key)}/${path}`;
  }

  /** Resolves an address of the server; only http and https are let through. */
  resolve(address: string | null | undefined): string | null {
    try {
      const url = new URL(address ?? "", `${this.base}/`);
      return address && /^https?:$/.test(url.protocol) ? url.href : null;
    } catch {
      return null;
    }
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    try {
      return await this.raw<T>(method, path, body);
    } catch (e) {
      if (e instanceof ApiError && e.status === 401) {
        this.later("session", () => void this.session(), this.delay());
      }
      throw e;
    }
  }

  private async raw<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = {};
    if (this.token) headers["X-Visitor-Token"] = this.token;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(this.url(path), {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        credentials: "omit",
        signal: AbortSignal.timeout(20_000),
      });
    } catch {
      throw new ApiError(0, "network", "");
    }
    const text = await response.text().catch(() => "");
    let value: { code?: string; detail?: string } = {};
    try {
      value = text ? JSON.parse(text) : {};
    } catch {
      if (response.ok) throw new ApiError(0, "network", "");
    }
    if (!response.ok) throw new ApiError(response.status, value.code ?? "", value.detail ?? "");
    return value as T;
  }

  /** Runs one thing at a time over all tabs where the browser can, in this tab otherwise. */
  private alone<T>(what: string, run: () => Promise<T>): Promise<T> {
    const locks = navigator.locks as LockManager | undefined;
    return locks ? (locks.request(`switchboard:${this.key}:${what}`, run) as Promise<T>) : run();
  }

  private delay(least = 1_000): number {
    return Math.min(Math.max(least, 1_000 * 2 ** this.fails), 30_000) * (0.7 + Math.random() * 0.6);
  }

  private later(name: string, run: () => void, ms: number): void {
    clearTimeout(this.timers.get(name));
    this.timers.set(
      name,
      window.setTimeout(() => !this.stopped && run(), ms),
    );
  }
}
