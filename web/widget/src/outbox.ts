import type { Store } from "./store";
import type { WFile } from "./types";

/** A message the visitor has written and the server has not confirmed. */
export interface Pending {
  /** Made once per message and kept for every resend, so the server never stores it twice. */
  echo_id: string;
  text: string;
  file_ids: string[];
  files: WFile[];
  page_url: string;
  at: string;
  state: "waiting" | "failed" | "refused";
}

export type Outcome = "sent" | "later" | "refused";

const KEY = "queue";
const MAX = 100;

/** Messages waiting to be sent, in order, shared by all tabs of one site through the store. */
export class Outbox {
  private running: Promise<void> | null = null;
  private again = false;

  constructor(
    private readonly store: Store,
    private readonly changed: () => void = () => {},
    private readonly newId: () => string = uuid,
  ) {}

  all(): Pending[] {
    try {
      const value: unknown = JSON.parse(this.store.get(KEY) ?? "[]");
      return Array.isArray(value) ? (value as Pending[]).filter((p) => typeof p?.echo_id === "string") : [];
    } catch {
      return [];
    }
  }

  add(draft: Pick<Pending, "text" | "file_ids" | "files" | "page_url">, at = new Date()): Pending {
    const pending: Pending = { ...draft, echo_id: this.newId(), at: at.toISOString(), state: "waiting" };
    this.save([...this.all(), pending].slice(-MAX));
    return pending;
  }

  remove(echoId: string | null): void {
    const before = this.all();
    const after = before.filter((p) => p.echo_id !== echoId);
    if (after.length !== before.length) this.save(after);
  }

  clear(): void {
    this.store.set(KEY, null);
    this.changed();
  }

  /** Puts a message back in line after the visitor asked for it. */
  revive(echoId: string): void {
    this.mark(echoId, "waiting");
  }

  /**
   * Sends what is waiting, oldest first. Stops at the first message that cannot be sent now, so
   * that order holds; a message the server refuses steps aside and waits for the visitor.
   */
  flush(send: (pending: Pending) => Promise<Outcome>): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = (async () => {
      do {
        this.again = false;
        await this.run(send);
      } while (this.again);
    })().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async run(send: (pending: Pending) => Promise<Outcome>): Promise<void> {
    for (;;) {
      const next = this.all().find((p) => p.state !== "refused");
      if (!next) return;
      const outcome = await send(next);
      if (outcome === "sent") {
        this.remove(next.echo_id);
      } else {
        this.mark(next.echo_id, outcome === "refused" ? "refused" : "failed");
        if (outcome === "later") return;
      }
    }
  }

  private mark(echoId: string, state: Pending["state"]): void {
    this.save(this.all().map((p) => (p.echo_id === echoId ? { ...p, state } : p)));
  }

  private save(list: Pending[]): void {
    this.store.set(KEY, list.length ? JSON.stringify(list) : null);
    this.changed();
  }
}

/** crypto.randomUUID exists only in secure contexts; sites on plain http need this too. */
export function uuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 15) | 64;
  b[8] = ((b[8] ?? 0) & 63) | 128;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
