import { beforeEach, describe, expect, it } from "vitest";
import { type Exclusive, flush, localShelf, mustWait, type Outcome, type Waiting } from "./queue";

const item = (key: string, at: number, conversation_id = "cnv_a", member = "mem_1"): Waiting => ({ key, member, conversation_id, kind: "message", body: { text: key }, at });
const nothing = { sent: () => {}, changed: () => {} };
const done: Outcome<string> = { done: "ok" };

/** As the browser does it: who comes second while the first works goes away. */
function oneAtATime(): Exclusive {
  let busy = false;
  return async (work) => {
    if (busy) return false;
    busy = true;
    await work();
    busy = false;
    return true;
  };
}

beforeEach(() => localStorage.clear());

describe("offline queue", () => {
  it("sends in the order of writing, also across conversations", async () => {
    const shelf = localShelf();
    for (const i of [item("c", 3), item("a", 1), item("b", 2, "cnv_b")]) shelf.put(i);
    const sent: string[] = [];
    await flush(shelf, "mem_1", async (i) => (sent.push(i.key), done), nothing);
    expect(sent).toEqual(["a", "b", "c"]);
    expect(shelf.all()).toEqual([]);
  });

  it("does not take our own earlier reply for news", async () => {
    const shelf = localShelf();
    for (const i of [item("a", 1), item("b", 2), item("c", 3, "cnv_b")]) shelf.put({ ...i, body: { text: i.key, seen_message_count: 4 } });
    const seen: unknown[] = [];
    await flush(shelf, "mem_1", async (i) => (seen.push(i.body.seen_message_count), done), nothing);
    expect(seen).toEqual([4, 5, 4]);
  });

  it("two tabs send each entry once", async () => {
    const exclusive = oneAtATime();
    const shelf = localShelf();
    for (const i of [item("a", 1), item("b", 2)]) shelf.put(i);
    const sent: string[] = [];
    const send = async (i: Waiting) => {
      await new Promise((r) => setTimeout(r, 1));
      sent.push(i.key);
      return done;
    };
    const ends = await Promise.all([flush(shelf, "mem_1", send, nothing, exclusive), flush(localShelf(), "mem_1", send, nothing, exclusive)]);
    expect(ends).toEqual(["empty", "later"]);
    expect(sent).toEqual(["a", "b"]);
  });

  it("tries again with the same key after the connection broke", async () => {
    const shelf = localShelf();
    shelf.put(item("a", 1));
    shelf.put(item("b", 2));
    const tried: string[] = [];
    const send = async (i: Waiting): Promise<Outcome<string>> => (tried.push(i.key) === 1 ? "later" : done);
    expect(await flush(shelf, "mem_1", send, nothing)).toBe("later");
    expect(shelf.all()).toHaveLength(2);
    expect(await flush(shelf, "mem_1", send, nothing)).toBe("empty");
    expect(tried).toEqual(["a", "a", "b"]);
  });

  it("holds back what follows a refused reply, and nothing else", async () => {
    const shelf = localShelf();
    for (const i of [item("a", 1), item("b", 2), item("c", 3, "cnv_b")]) shelf.put(i);
    const sent: string[] = [];
    const send = async (i: Waiting): Promise<Outcome<string>> =>
      i.key === "a" ? { refused: { status: 409, code: "conversation.changed", detail: "One message has arrived." } } : (sent.push(i.key), done);
    await flush(shelf, "mem_1", send, nothing);
    expect(sent).toEqual(["c"]);
    expect(shelf.all().map((i) => [i.key, i.problem?.code])).toEqual([
      ["a", "conversation.changed"],
      ["b", undefined],
    ]);
  });

  it("does not bring back what was discarded meanwhile, nor send for another person", async () => {
    const shelf = localShelf();
    for (const i of [item("a", 1), item("b", 2), item("c", 3, "cnv_a", "mem_2")]) shelf.put(i);
    const sent: string[] = [];
    const send = async (i: Waiting): Promise<Outcome<string>> => {
      sent.push(i.key);
      shelf.remove("a");
      shelf.remove("b");
      return { refused: { status: 409, code: "x", detail: "" } };
    };
    await flush(shelf, "mem_1", send, nothing);
    expect(sent).toEqual(["a"]);
    expect(shelf.all().map((i) => i.key)).toEqual(["c"]);
  });

  it("lets a new text line up only behind what will go by itself", () => {
    const refused = { ...item("a", 1), problem: { code: "x", detail: "" } };
    expect(mustWait([item("a", 1)], "mem_1", "cnv_a")).toBe(true);
    expect(mustWait([item("a", 1)], "mem_1", "cnv_b")).toBe(false);
    expect(mustWait([refused, item("b", 2)], "mem_1", "cnv_a")).toBe(false);
  });
});
