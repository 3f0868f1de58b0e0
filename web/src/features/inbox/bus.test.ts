import { expect, it, vi } from "vitest";
import { bus } from "./bus";

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
