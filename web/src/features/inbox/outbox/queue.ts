import type { StoredFile } from "@/api/upload";

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

/** Only one tab at a time flushes. False when another was at it; then one looks again later. */
export type Exclusive = (work: () => Promise<void>) => Promise<boolean>;

let busy = false;

/** Within this tab, for browsers that give no locks to pages without TLS; the keys keep doubles out across tabs. */
const hereOnly: Exclusive = async (work) => {
  if (busy) return false;
  busy = true;
  try {
    await work();
  } finally {
    busy = false;
  }
  return true;
};

export const acrossTabs: Exclusive = async (work) => {
  if (!navigator.locks) return hereOnly(work);
  return navigator.locks.request("switchboard.outbox", { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return !!lock;
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
  const ours = await exclusive(async () => {
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
        countOwn(shelf, item);
        on.sent(item, outcome.done);
      } else {
        held.add(item.conversation_id);
        if (shelf.get(key)) shelf.put({ ...item, problem: { code: outcome.refused.code, detail: outcome.refused.detail } });
      }
      on.changed();
    }
  });
  return ours ? result : "later";
}

/** What was just sent is no news to the texts that were written after it. */
function countOwn(shelf: Shelf, sent: Waiting) {
  for (const item of shelf.all()) {
    const seen = item.body.seen_message_count;
    if (item.conversation_id === sent.conversation_id && item.member === sent.member && typeof seen === "number") {
      shelf.put({ ...item, body: { ...item.body, seen_message_count: seen + 1 } });
    }
  }
}

/** Whether a new text must line up behind what waits here already. */
export function mustWait(items: readonly Waiting[], member: string, conversation: string): boolean {
  const own = items.filter((i) => i.member === member && i.conversation_id === conversation);
  return own.length > 0 && own.every((i) => !i.problem);
}
