import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { change, DraftSaver, EMPTY, fromDraft, LocalDrafts, toDraft } from "./draft";

const written = (text: string) => change(EMPTY, { text });

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("drafts", () => {
  it("never mix between conversations", async () => {
    const saved: Record<string, string> = {};
    const saver = new DraftSaver({ put: async (id, d) => void Object.assign(saved, { [id]: d.text ?? "" }), remove: async () => {} }, new LocalDrafts("mem_1"));
    saver.schedule("cnv_a", written("for a"));
    saver.schedule("cnv_b", written("for b"));
    saver.schedule("cnv_a", written("for a, longer"));
    await vi.advanceTimersByTimeAsync(800);
    expect(saved).toEqual({ cnv_a: "for a, longer", cnv_b: "for b" });
  });

  it("waits until writing rests", async () => {
    const put = vi.fn(async () => {});
    const saver = new DraftSaver({ put, remove: async () => {} }, new LocalDrafts("mem_1"));
    for (const text of ["a", "ab", "abc"]) {
      saver.schedule("cnv_a", written(text));
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(put).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(300);
    expect(put).toHaveBeenCalledTimes(1);
  });

  it("removes after a save that was already on its way", async () => {
    const calls: string[] = [];
    const slow = () => new Promise<void>((done) => setTimeout(done, 1000));
    const saver = new DraftSaver({ put: async () => (await slow(), void calls.push("put")), remove: async () => void calls.push("remove") }, new LocalDrafts("mem_1"));
    saver.schedule("cnv_a", written("x"));
    void saver.save("cnv_a");
    void saver.discard("cnv_a");
    await vi.advanceTimersByTimeAsync(1100);
    expect(calls).toEqual(["put", "remove"]);
    expect(new LocalDrafts("mem_1").get("cnv_a")).toBeNull();
  });

  it("stay on the device until the server has them", async () => {
    let online = false;
    const put = vi.fn(async () => {
      if (!online) throw new TypeError("offline");
    });
    const saver = new DraftSaver({ put, remove: async () => {} }, new LocalDrafts("mem_1"));
    saver.schedule("cnv_a", written("kept"));
    await vi.advanceTimersByTimeAsync(800);
    expect(new LocalDrafts("mem_1").get("cnv_a")).toMatchObject({ dirty: true, written: { text: "kept" } });
    expect(new LocalDrafts("mem_2").get("cnv_a")).toBeNull();
    online = true;
    saver.resume();
    await vi.advanceTimersByTimeAsync(800);
    expect(new LocalDrafts("mem_1").get("cnv_a")).toMatchObject({ dirty: false });
  });

  it("come back with their files", () => {
    const known = [{ id: "fil_1", name: "slip.pdf", content_type: "application/pdf", size_bytes: 3 }];
    expect(fromDraft({ text: "t", is_note: false, attachments: ["fil_1", "fil_2"] }, { ...EMPTY, files: known }, "File").files.map((f) => f.name)).toEqual(["slip.pdf", "File"]);
  });
});

describe("a draft that is to leave later", () => {
  const here = change(EMPTY, { text: "See you on Monday", later: { at: "2026-11-30T08:00:00Z", unlessReply: true }, unsigned: true });
  it("is still for later after a reload, though the server keeps only its words", () => {
    const back = fromDraft(toDraft(here), here, "File");
    expect(back).toMatchObject({ later: here.later, unsigned: true, key: here.key });
  });

  it("is not mixed up with words that were written elsewhere since", () => {
    expect(fromDraft({ text: "Something else" }, here, "File").later).toBeUndefined();
    expect(fromDraft({ ...toDraft(here), is_note: true }, here, "File").later).toBeUndefined();
  });
});

describe("buttons", () => {
  it("are in the draft without empty rows, and come back", () => {
    const draft = toDraft(change(EMPTY, { text: "t", buttons: ["Yes ", "", "No"] }));
    expect(draft.buttons).toEqual([
      { id: "b1", title: "Yes" },
      { id: "b2", title: "No" },
    ]);
    expect(fromDraft(draft, null, "File").buttons).toEqual(["Yes", "No"]);
  });
});

describe("the idempotency key", () => {
  let n = 0;
  const next = () => `k${++n}`;
  it("is made with the first words, stays while they change, goes when they are taken back", () => {
    n = 0;
    const first = change(EMPTY, { text: "H" }, next);
    expect(first.key).toBe("k1");
    const later = change(change(first, { text: "Hello" }, next), { is_note: true }, next);
    expect(later.key).toBe("k1");
    expect(change(later, { text: "  " }, next).key).toBeNull();
    expect(change(change(later, { text: "" }, next), { text: "New" }, next).key).toBe("k2");
  });

  it("is also made for files alone", () => {
    expect(change(EMPTY, { files: [{ id: "fil_1", name: "a", content_type: "", size_bytes: 1 }] }, next).key).not.toBeNull();
  });
});
