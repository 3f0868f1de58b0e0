import { describe, expect, it } from "vitest";
import { ACTS, clashes, keymapOf, MAPS, readKeys, refusal } from "./keymap";
import { isSingle, matcher } from "./keys";

describe.each(Object.keys(MAPS) as (keyof typeof MAPS)[])("the map of %s", (map) => {
  const keymap = keymapOf({ map, own: {} });

  it("has keys for everything, each for one thing, and none in the way of another", () => {
    for (const act of ACTS) {
      const keys = keymap[act][0] ?? "";
      expect(keys, act).not.toBe("");
      expect(clashes(keymap, act, keys), act).toEqual([]);
      expect(refusal(keys), act).toBeNull();
    }
  });
});

it("does without single keys in the map with Alt", () => {
  const all = Object.values(MAPS.alt).flat();
  expect(all.filter((keys) => isSingle(keys) && !/f\d+$/.test(keys))).toEqual([]);
});

it("gives a key to what somebody wants of it, and takes it from what had it", () => {
  const keymap = keymapOf({ map: "letters", own: { closeReopen: "d", archive: "e", note: "", forward: "r" } as never });
  expect(keymap.closeReopen).toEqual(["d"]);
  expect(keymap.note).toEqual([]);
  expect(keymap.forward).toEqual(["r"]);
  expect(keymap.reply).toEqual([]);
  expect(keymap.next).toEqual(["j", "arrowdown"]);
});

it("keeps the further keys of what gets another first one, unless they are given away", () => {
  const keymap = keymapOf({ map: "letters", own: { next: "d", pane: "f7", previous: "", openConversation: "o", note: "arrowdown" } });
  expect(keymap.pane).toEqual(["f7", "shift+f6"]);
  expect(keymap.next).toEqual(["d"]);
  expect(keymap.previous).toEqual([]);
  expect(keymap.openConversation).toEqual(["o"]);
  expect(keymapOf({ map: "alt", own: { next: "alt+g" } }).next).toEqual(["alt+g", "alt+arrowdown"]);
});

it("says what a key would take away", () => {
  const keymap = keymapOf({ map: "letters", own: {} });
  expect(clashes(keymap, "note", "r")).toEqual(["reply"]);
  expect(clashes(keymap, "note", "c")).toEqual([]);
  expect(clashes(keymap, "note", "o")).toEqual(["openConversation"]);
  // A key that begins a sequence, and a sequence that begins with a key.
  expect(clashes(keymap, "note", "g")).toEqual(["inbox", "contacts", "journal", "settings", "notifications"]);
  expect(keymapOf({ map: "letters", own: { note: "g" } }).inbox).toEqual([]);
  expect(clashes(keymap, "note", "r n")).toEqual(["reply"]);
});

it("leaves alone what writes, what moves and what the browser keeps", () => {
  for (const keys of ["tab", "escape", "mod+enter", "mod+c", "mod+z"]) expect(refusal(keys)).toBe("editing");
  for (const keys of ["mod+t", "mod+w", "f5", "alt+arrowleft"]) expect(refusal(keys)).toBe("browser");
  for (const keys of ["d", "alt+d", "g x", "mod+shift+k", "f7"]) expect(refusal(keys)).toBeNull();
});

it("reads only what makes sense of a preference", () => {
  expect(readKeys(undefined)).toEqual({ map: "letters", own: {} });
  expect(readKeys("x")).toEqual({ map: "letters", own: {} });
  expect(readKeys({ map: "alt", own: { note: "d", nonsense: "y", reply: 7, forward: "" } })).toEqual({ map: "alt", own: { note: "d", forward: "" } });
});

it("is followed by the keys that are pressed", () => {
  const keymap = keymapOf({ map: "alt", own: { note: "g n" } });
  const keys = matcher(Object.values(keymap).flat());
  const press = (e: object) => keys.press({ key: "", ...e }, 0);
  expect(press({ key: "®", code: "KeyR", altKey: true }).binding).toBe("alt+r");
  expect(press({ key: "Ò", code: "KeyJ", altKey: true, shiftKey: true }).binding).toBe("alt+shift+j");
  expect(press({ key: "¡", code: "Digit1", altKey: true }).binding).toBe("alt+1");
  expect(press({ key: "g" })).toEqual({ pending: true });
  expect(press({ key: "n" }).binding).toBe("g n");
});
