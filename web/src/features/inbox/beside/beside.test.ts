import { describe, expect, it } from "vitest";
import type { Channel, Descriptor, Message } from "@/api/types";
import { answerSubject, answerTo, askAgain, beginning, forwardSubject, keepChoices, mailChannels } from "./beside";

const message = (m: object) => ({ id: "m1", conversation_id: "c1", aside_id: "m1", metadata: {}, to: [], attachments: [], ...m }) as unknown as Message;

describe("talks beside a conversation", () => {
  it("forwards under a subject without old marks", () => {
    expect(forwardSubject("Re: AW: Broken lamp", 7)).toBe("Fwd: Broken lamp");
    expect(forwardSubject(null, 7)).toBe("Fwd: conversation #7");
    expect(answerSubject("Fwd: Broken lamp")).toBe("Re: Fwd: Broken lamp");
    expect(answerSubject("RE: x")).toBe("RE: x");
  });

  it("answers whoever wrote, or those it was written to", () => {
    const asked = { direction: "inbound", from: "s@supplier.example", sender_name: "Sven", metadata: { reply_to: "desk@supplier.example" } };
    expect(answerTo(message(asked))).toEqual([{ name: "Sven", address: "desk@supplier.example" }]);
    expect(answerTo(message({ direction: "outbound", to: [{ address: "a@b.example" }] }))).toEqual([{ address: "a@b.example" }]);
  });

  it("knows what began one, and takes it up again as it was", () => {
    expect(beginning(message({ metadata: { forward: {} } }))).toBe("forward");
    expect(beginning(message({ metadata: { transcript: {} } }))).toBe("transcript");
    expect(beginning(message({ id: "m2" }))).toBe(null);
    expect(askAgain(message({ metadata: { transcript: {} } }))).toBe(null);
    expect(askAgain(message({ metadata: { forward: { message_id: "m0" } } }))).toMatchObject({ as: "forward", messageId: "m0" });
    expect(askAgain(message({ id: "m2", reply_to_id: "m1" }))).toMatchObject({ as: "answer", messageId: "m1" });
  });

  it("takes a message back with all that was chosen for it", () => {
    const file = (id: string, inline = false) => ({ id, name: id, inline });
    const made = message({ id: "m7", metadata: { forward: { message_id: null } }, attachments: [file("theirs"), file("mine")] });
    keepChoices(made, { messageId: "m0", whole: true, withFiles: false, unsigned: true, channel: "ch2" }, ["mine"]);
    const ask = askAgain(made);
    expect(ask?.messageId).toBe("m0");
    expect(ask?.chosen).toMatchObject({ whole: true, withFiles: false, unsigned: true, channel: "ch2" });
    expect(ask?.chosen?.files.map((f) => f.id)).toEqual(["mine"]);
    const answer = askAgain(message({ id: "m8", reply_to_id: "m1", metadata: { signed: true }, attachments: [file("mine"), file("logo", true)] }));
    expect(answer?.chosen).toMatchObject({ unsigned: false, withFiles: true });
    expect(answer?.chosen?.files.map((f) => f.id)).toEqual(["mine"]);
  });

  it("offers mail channels only, the conversation's own first", () => {
    const types = [
      { id: "mail", capabilities: { recipients: true } },
      { id: "chat", capabilities: { recipients: false } },
    ] as unknown as Descriptor[];
    const channels = [
      { id: "a", provider: "mail", status: "active" },
      { id: "b", provider: "mail", status: "active" },
      { id: "c", provider: "chat", status: "active" },
      { id: "d", provider: "mail", status: "inactive" },
    ] as unknown as Channel[];
    expect(mailChannels(channels, types, "b").map((c) => c.id)).toEqual(["b", "a"]);
    expect(mailChannels(channels, types, "c").map((c) => c.id)).toEqual(["a", "b"]);
  });
});
