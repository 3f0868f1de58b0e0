import { expect, it } from "vitest";
import { change, EMPTY } from "./draft";
import { fromWaiting, restored } from "./restore";

it("puts a taken-back message above what was begun meanwhile", () => {
  const w = restored({ text: "first", is_note: false, to: [{ address: "a@b.example" }] }, change(EMPTY, { text: "second" }));
  expect(w.text).toBe("first\n\nsecond");
  expect(w.html).toBe("<p>first</p><p></p><p>second</p>");
  expect(w.to).toEqual([{ address: "a@b.example" }]);
  expect(w.key).not.toBeNull();
});

it("brings back all of a message that waited here", () => {
  const file = { id: "fil_1", name: "a.pdf", content_type: "application/pdf", size_bytes: 1 };
  const w = restored(
    fromWaiting({
      key: "k",
      member: "mem_1",
      conversation_id: "cnv_a",
      kind: "message",
      at: 1,
      body: { text: "t", html: "<p>t</p>", subject: "s", attachments: ["fil_1"], buttons: [{ id: "b1", title: "Yes" }] },
      files: [file],
    }),
    null,
  );
  expect(w).toMatchObject({ text: "t", html: "<p>t</p>", subject: "s", files: [file], buttons: ["Yes"], is_note: false });
});
