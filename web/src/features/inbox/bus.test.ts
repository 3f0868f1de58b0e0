import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { askForNeeded, bus, restoreDraft, useClaim, useWords, writeBeside } from "./bus";

afterEach(cleanup);

const later = () => new Promise((done) => setTimeout(done));

it("asks the composer for a reply once it is there", async () => {
  const reply = vi.fn();
  bus.emit("reply");
  const off = bus.on("reply", reply);
  await later();
  expect(reply).toHaveBeenCalledTimes(1);
  off();
});

it("forgets a wish that another has followed", async () => {
  const note = vi.fn();
  bus.emit("note");
  bus.emit("next");
  const off = bus.on("note", note);
  await later();
  expect(note).not.toHaveBeenCalled();
  off();
});

it("keeps nothing for those who must act at once", async () => {
  const close = vi.fn();
  bus.emit("closeReopen");
  const off = bus.on("closeReopen", close);
  await later();
  expect(close).not.toHaveBeenCalled();
  off();
});

it("keeps a wish for whoever is called up by it, also past one who leaves at once", async () => {
  const tags = vi.fn();
  bus.keep("tags");
  bus.on("tags", tags)();
  const off = bus.on("tags", tags);
  await later();
  expect(tags).toHaveBeenCalledTimes(1);
  off();
});

it("gives words to the conversation that is open, and to no other", () => {
  const goTo = vi.fn();
  const off = bus.on("goTo", goTo);
  const here = vi.fn();
  const other = vi.fn();
  renderHook(() => (useWords("restoreDraft", "c1", here), useWords("restoreDraft", "c2", other)));
  restoreDraft("c1", { text: "Hello", is_note: false });
  expect(here).toHaveBeenCalledWith({ conversationId: "c1", message: { text: "Hello", is_note: false } });
  expect(other).not.toHaveBeenCalled();
  expect(goTo).not.toHaveBeenCalled();
  off();
});

it("leaves words for a conversation that is not open, opens it, and hands them over once", () => {
  const goTo = vi.fn();
  const off = bus.on("goTo", goTo);
  restoreDraft("c3", { text: "First", is_note: false });
  bus.emit("next");
  restoreDraft("c3", { text: "Second", is_note: true });
  writeBeside({ conversationId: "c3", as: "forward", messageId: "m1" });
  expect(goTo.mock.calls).toEqual([["c3"], ["c3"], ["c3"]]);
  const take = vi.fn();
  const beside = vi.fn();
  renderHook(() => useWords("restoreDraft", "c4", take));
  expect(take).not.toHaveBeenCalled();
  renderHook(() => (useWords("restoreDraft", "c3", take), useWords("beside", "c3", beside)));
  expect(take.mock.calls.map(([w]) => w.message.text)).toEqual(["First", "Second"]);
  expect(beside).toHaveBeenCalledTimes(1);
  cleanup();
  renderHook(() => useWords("restoreDraft", "c3", take));
  expect(take).toHaveBeenCalledTimes(2);
  off();
});

it("opens a conversation that is not open, to ask there for what it needs", () => {
  const goTo = vi.fn();
  const off = bus.on("goTo", goTo);
  askForNeeded("c5", null);
  expect(goTo).toHaveBeenCalledWith("c5");
  const ask = vi.fn();
  renderHook(() => useWords("needed", "c5", ask));
  expect(ask.mock.calls).toEqual([[{ conversationId: "c5", sub: null }]]);
  askForNeeded("c5", "sub_1");
  expect(ask).toHaveBeenLastCalledWith({ conversationId: "c5", sub: "sub_1" });
  expect(goTo).toHaveBeenCalledOnce();
  off();
});

it("knows who would follow a wish, and who takes it first", () => {
  expect(bus.isHeard("snooze")).toBe(false);
  const off = bus.on("snooze", () => {});
  const claim = renderHook(() => useClaim("assign", () => true));
  expect([bus.isHeard("snooze"), bus.isClaimed("snooze"), bus.isClaimed("assign")]).toEqual([true, false, true]);
  off();
  claim.unmount();
  expect([bus.isHeard("snooze"), bus.isClaimed("assign")]).toEqual([false, false]);
});
