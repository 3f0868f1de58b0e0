import type { StoredFile } from "../composer/draft";

/** Replies kept on this device until the server has them. One entry a key, so that several tabs never overwrite each other. */
export interface Waiting {
  /** Also the idempotency key: however often it is tried, it is written once. */
  key: string;
  /** Whose it is; another person signing in here does not send it. */
  member: string;
  conversation_id: string;
  kind: "message" | "note";
  body: Record<string, unknown>;
  /** What is attached, by name, for writing on. */
  files?: StoredFile[];
  /** Order of writing. */
  at: number;
  /** The server said no: waits for the writer. */
  problem?: { code: string; detail: string };
}

export interface Refused {
  status: number;
  code: string;
  detail: string;
}

export interface Shelf {
  all: () => Waiting[];
  get: (key: string) => Waiting | null;
  put: (item: Waiting) => void;
  remove: (key: string) => void;
}

const PREFIX = "switchboard.outbox.";

export function localShelf(storage: Storage = localStorage): Shelf {
  const read = (name: string): Waiting | null => {
    try {
      return JSON.parse(storage.getItem(name) ?? "null") as Waiting | null;
    } catch {
      return null;
    }
  };
  return {
    all: () =>
      Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "")
        .filter((name) => name.startsWith(PREFIX))
        .map(read)
        .filter((item): item is Waiting => item !== null)
        .sort((a, b) => a.at - b.at || a.key.localeCompare(b.key)),
    get: (key) => read(PREFIX + key),
    put: (item) => storage.setItem(PREFIX + item.key, JSON.stringify(item)),
    remove: (key) => storage.removeItem(PREFIX + key),
  };
}

/** What the server made of one entry. */
export type Outcome<T> = { done: T } | { refused: Refused } | "later";

/** Only one tab at a time flushes; the others leave it to that one. */
export type Exclusive = (work: () => Promise<void>) => Promise<void>;

export const acrossTabs: Exclusive = async (work) => {
  if (!navigator.locks) return work();
  await navigator.locks.request("switchboard.outbox", { ifAvailable: true }, async (lock) => {
    if (lock) await work();
  });
};

/** Sends what waits, oldest first. A refused entry holds back the later ones of its conversation, so that order stays. */
export async function flush<T>(
  shelf: Shelf,
  member: string,
  send: (item: Waiting) => Promise<Outcome<T>>,
  on: { sent: (item: Waiting, answer: T) => void; changed: () => void },
  exclusive: Exclusive = acrossTabs,
): Promise<"empty" | "later"> {
  let result: "empty" | "later" = "empty";
  await exclusive(async () => {
    const held = new Set<string>();
    for (const { key } of shelf.all()) {
      const item = shelf.get(key);
      if (!item || item.member !== member) continue;
      if (item.problem) held.add(item.conversation_id);
      if (held.has(item.conversation_id)) continue;
      const outcome = await send(item);
      if (outcome === "later") {
        result = "later";
        return;
      }
      if ("done" in outcome) {
        shelf.remove(key);
        on.sent(item, outcome.done);
      } else {
        held.add(item.conversation_id);
        if (shelf.get(key)) shelf.put({ ...item, problem: { code: outcome.refused.code, detail: outcome.refused.detail } });
      }
      on.changed();
    }
  });
  return result;
}
