import { describe, expect, it } from "vitest";
import { type Outcome, Outbox, uuid } from "./outbox";
import { memoryStore } from "./store";

const draft = (text: string) => ({ text, file_ids: [], files: [], page_url: "https://shop.example/" });

function setup() {
  const store = memoryStore();
  let n = 0;
  const open = () =>
    new Outbox(
      store,
      () => {},
      () => `echo-${++n}`,
    );
  return { store, open, box: open() };
}

describe("outbox", () => {
  it("sends in order and forgets what was sent", async () => {
    const { box } = setup();
    for (const t of ["one", "two", "three"]) box.add(draft(t));
    const sent: string[] = [];
    await box.flush(async (p) => {
      sent.push(p.text);
      return "sent";
    });
    expect(sent).toEqual(["one", "two", "three"]);
    expect(box.all()).toEqual([]);
  });

  it("keeps the echo_id of a message over every resend", async () => {
    const { box } = setup();
    box.add(draft("hello"));
    const ids: string[] = [];
    const answers: Outcome[] = ["later", "later", "sent"];
    for (let i = 0; i < 3; i++) {
      await box.flush(async (p) => {
        ids.push(p.echo_id);
        return answers[i] ?? "sent";
      });
    }
    expect(new Set(ids).size).toBe(1);
    expect(ids).toHaveLength(3);
    expect(box.all()).toEqual([]);
  });

  it("stops at the first message that cannot be sent now, so order holds", async () => {
    const { box } = setup();
    box.add(draft("one"));
    box.add(draft("two"));
    const tried: string[] = [];
    await box.flush(async (p) => {
      tried.push(p.text);
      return "later";
    });
    expect(tried).toEqual(["one"]);
    expect(box.all().map((p) => p.state)).toEqual(["failed", "waiting"]);
  });

  it("lets a refused message step aside and sends it again only when asked", async () => {
    const { box } = setup();
    const bad = box.add(draft("bad"));
    box.add(draft("good"));
    await box.flush(async (p) => (p.text === "bad" ? "refused" : "sent"));
    expect(box.all()).toMatchObject([{ text: "bad", state: "refused" }]);
    const tried: string[] = [];
    await box.flush(async (p) => {
      tried.push(p.text);
      return "sent";
    });
    expect(tried).toEqual([]);
    box.revive(bad.echo_id);
    await box.flush(async (p) => {
      tried.push(p.echo_id);
      return "sent";
    });
    expect(tried).toEqual([bad.echo_id]);
  });

  it("sends a message once however many flushes ask for it", async () => {
    const { box } = setup();
    box.add(draft("hello"));
    let calls = 0;
    const send = async (): Promise<Outcome> => {
      calls++;
      await new Promise((r) => setTimeout(r, 5));
      return "sent";
    };
    await Promise.all([box.flush(send), box.flush(send), box.flush(send)]);
    expect(calls).toBe(1);
  });

  it("takes up what was added while it was sending", async () => {
    const { box } = setup();
    box.add(draft("one"));
    const sent: string[] = [];
    await box.flush(async (p) => {
      if (sent.push(p.text) === 1) box.add(draft("two"));
      return "sent";
    });
    expect(sent).toEqual(["one", "two"]);
  });

  it("survives a new page and is shared by tabs", () => {
    const { box, open } = setup();
    const p = box.add(draft("hello"));
    const other = open();
    expect(other.all()).toEqual([p]);
    other.remove(p.echo_id);
    expect(box.all()).toEqual([]);
  });

  it("treats damaged storage as empty", () => {
    const { store, box } = setup();
    for (const value of ["{", "7", '[null,{"x":1}]']) {
      store.set("queue", value);
      expect(box.all()).toEqual([]);
    }
  });

  it("makes ids of the right shape without randomUUID", () => {
    const real = crypto.randomUUID;
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    Object.defineProperty(crypto, "randomUUID", { value: real, configurable: true });
  });
});
