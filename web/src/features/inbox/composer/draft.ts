import type { Address, Draft } from "@/api/types";
import type { StoredFile } from "@/api/upload";

export interface Later {
  at: string;
  /** Not when the customer writes before that. */
  unlessReply: boolean;
}

/** What is being written in one conversation. */
export interface Written {
  text: string;
  /** Null when there is no formatting to keep. */
  html: string | null;
  is_note: boolean;
  /** Null: whoever would get an answer anyway. */
  to: Address[] | null;
  cc: Address[] | null;
  bcc: Address[] | null;
  subject: string | null;
  files: StoredFile[];
  /** Titles of the buttons under the text, as they are being typed. */
  buttons?: readonly string[];
  /** When it is to leave, where that is not now. */
  later?: Later | null;
  /** The message it answers, where that is a certain one. */
  reply_to_id?: string | null;
  /** Without the writer's signature. */
  unsigned?: boolean;
  /** One per text, made when writing begins; every try to send it carries the same. */
  key: string | null;
}

export const EMPTY: Written = { text: "", html: null, is_note: false, to: null, cc: null, bcc: null, subject: null, files: [], key: null };

/** What of the typed titles becomes buttons. */
export const titles = (w: Written): string[] => (w.buttons ?? []).map((b) => b.trim()).filter(Boolean);

/** Buttons as the server takes them. Their ids come back when one is pressed. */
export const toButtons = (titles: readonly string[]) => titles.map((title, i) => ({ id: `b${i + 1}`, title }));

export function isEmpty(w: Written): boolean {
  return !w.text.trim() && !w.files.length;
}

/** The next state: a key appears with the first words, and goes when they are all taken back. */
export function change(now: Written, patch: Partial<Written>, newKey: () => string = () => crypto.randomUUID()): Written {
  const next = { ...now, ...patch };
  return { ...next, key: isEmpty(next) ? null : (next.key ?? newKey()) };
}

export function toDraft(w: Written): Draft {
  return {
    text: w.text,
    html: w.html,
    is_note: w.is_note,
    to: w.to,
    cc: w.cc,
    bcc: w.bcc,
    subject: w.subject,
    attachments: w.files.map((f) => f.id),
    buttons: toButtons(titles(w)),
    reply_to_id: w.reply_to_id ?? null,
  };
}

/** A draft of the server's, with what only this device knows of the same words: when they are to leave, and without which signature. */
export function fromDraft(d: Draft, here: Written | null | undefined, unnamed: string): Written {
  const known = here?.files ?? [];
  const same = !!here && here.text === (d.text ?? "") && here.is_note === (d.is_note ?? false);
  const files = (d.attachments ?? []).map((id) => known.find((f) => f.id === id) ?? { id, name: unnamed, content_type: "", size_bytes: 0 });
  return change(EMPTY, {
    text: d.text ?? "",
    html: d.html ?? null,
    is_note: d.is_note ?? false,
    to: d.to ?? null,
    cc: d.cc ?? null,
    bcc: d.bcc ?? null,
    subject: d.subject ?? null,
    files,
    buttons: (d.buttons ?? []).map((b) => b.title),
    ...(d.reply_to_id && { reply_to_id: d.reply_to_id }),
    ...(same && here.later && { later: here.later }),
    ...(same && here.unsigned && { unsigned: true }),
    key: here?.key ?? null,
  });
}

interface Local {
  written: Written;
  /** The server does not have this yet. */
  dirty: boolean;
}

/** The copy on this device: survives a lost connection and a closed window. */
export class LocalDrafts {
  constructor(
    private member: string,
    private storage: Storage = localStorage,
  ) {}

  private name(id: string) {
    return `switchboard.draft.${this.member}.${id}`;
  }

  get(id: string): Local | null {
    try {
      return JSON.parse(this.storage.getItem(this.name(id)) ?? "null") as Local | null;
    } catch {
      return null;
    }
  }

  put(id: string, written: Written, dirty: boolean) {
    try {
      if (isEmpty(written) && !dirty) this.storage.removeItem(this.name(id));
      else this.storage.setItem(this.name(id), JSON.stringify({ written, dirty } satisfies Local));
    } catch {
      // A full store: the server's copy is enough.
    }
  }

  remove(id: string) {
    this.storage.removeItem(this.name(id));
  }

  /** Drafts the server has not got yet. */
  pending(): string[] {
    const prefix = this.name("");
    return Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i) ?? "")
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .filter((id) => this.get(id)?.dirty);
  }
}

interface Remote {
  put: (id: string, draft: Draft) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
}

/** Saves what is written a moment after it stands still, each conversation on its own and its requests in order. */
export class DraftSaver {
  private timers = new Map<string, { timer: ReturnType<typeof setTimeout>; written: Written }>();
  private chains = new Map<string, Promise<unknown>>();

  constructor(
    private remote: Remote,
    private local: LocalDrafts,
    private wait = 800,
  ) {}

  schedule(id: string, written: Written) {
    this.local.put(id, written, true);
    clearTimeout(this.timers.get(id)?.timer);
    this.timers.set(id, { written, timer: setTimeout(() => void this.save(id), this.wait) });
  }

  /** At once, if something is left to save. */
  save(id: string): Promise<unknown> {
    const next = this.timers.get(id);
    if (!next) return this.chains.get(id) ?? Promise.resolve();
    this.stop(id);
    return this.chain(id, async () => {
      if (isEmpty(next.written)) await this.remote.remove(id);
      else await this.remote.put(id, toDraft(next.written));
      const now = this.local.get(id);
      if (now && !this.timers.has(id)) this.local.put(id, now.written, false);
    });
  }

  saveAll() {
    for (const id of [...this.timers.keys()]) void this.save(id);
  }

  /** Brings what was kept while offline to the server. */
  resume() {
    for (const id of this.local.pending()) {
      const kept = this.local.get(id);
      if (kept && !this.timers.has(id)) this.schedule(id, kept.written);
    }
  }

  /** The text was sent or thrown away. */
  discard(id: string): Promise<unknown> {
    this.stop(id);
    this.local.remove(id);
    return this.chain(id, () => this.remote.remove(id));
  }

  private stop(id: string) {
    clearTimeout(this.timers.get(id)?.timer);
    this.timers.delete(id);
  }

  private chain(id: string, work: () => Promise<unknown>): Promise<unknown> {
    const next = (this.chains.get(id) ?? Promise.resolve()).then(work).catch(() => {});
    this.chains.set(id, next);
    return next;
  }
}
