// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { caps, isSingle, isTyping, matcher, recorder, stroke } from "./keys";

describe("stroke", () => {
  it("names keys and modifiers", () => {
    expect(stroke({ key: "j" })).toBe("j");
    expect(stroke({ key: "k", metaKey: true })).toBe("mod+k");
    expect(stroke({ key: "K", ctrlKey: true, shiftKey: true })).toBe("mod+shift+k");
    expect(stroke({ key: "R", shiftKey: true })).toBe("shift+r");
    expect(stroke({ key: "ArrowDown" })).toBe("arrowdown");
  });
  it("leaves shift out of characters that carry it", () => {
    expect(stroke({ key: "?", shiftKey: true })).toBe("?");
    expect(stroke({ key: "#", shiftKey: true })).toBe("#");
  });
  it("takes the key's place on layouts without Latin letters", () => {
    expect(stroke({ key: "л", code: "KeyK", metaKey: true })).toBe("mod+k");
  });
  it("reads AltGr as the character it types", () => {
    expect(stroke({ key: "[", ctrlKey: true, altKey: true })).toBe("[");
    expect(stroke({ key: "e", altKey: true })).toBe("alt+e");
  });
});

describe("matcher", () => {
  const keys = ["j", "c", "g i", "g c", "mod+k", "?"];
  it("answers single keys at once", () => {
    expect(matcher(keys).press({ key: "j" }, 0)).toEqual({ binding: "j", pending: false });
    expect(matcher(keys).press({ key: "q" }, 0)).toEqual({ pending: false });
  });
  it("follows a sequence", () => {
    const m = matcher(keys);
    expect(m.press({ key: "g" }, 0)).toEqual({ pending: true });
    expect(m.press({ key: "c" }, 400).binding).toBe("g c");
    expect(m.press({ key: "c" }, 500).binding).toBe("c");
  });
  it("gives a sequence up after a while", () => {
    const m = matcher(keys, 1000);
    m.press({ key: "g" }, 0);
    expect(m.press({ key: "c" }, 1500).binding).toBe("c");
  });
  it("drops a sequence that leads nowhere without acting on its last key", () => {
    const m = matcher(keys);
    m.press({ key: "g" }, 0);
    expect(m.press({ key: "j" }, 10).binding).toBeUndefined();
    expect(m.press({ key: "j" }, 20).binding).toBe("j");
  });
  it("ignores modifiers alone and composition", () => {
    const m = matcher(keys);
    m.press({ key: "g" }, 0);
    expect(m.press({ key: "Shift", shiftKey: true }, 10)).toEqual({ pending: true });
    expect(m.press({ key: "i", isComposing: true }, 20).binding).toBeUndefined();
    expect(m.press({ key: "i" }, 30).binding).toBe("g i");
  });
});

describe("isTyping", () => {
  it("knows where text is written", () => {
    const make = (html: string) => {
      document.body.innerHTML = html;
      return document.body.querySelector("[data-here]");
    };
    expect(isTyping(make("<input data-here>"))).toBe(true);
    expect(isTyping(make("<textarea data-here></textarea>"))).toBe(true);
    expect(isTyping(make("<div contenteditable='true'><p data-here></p></div>"))).toBe(true);
    expect(isTyping(make("<input type=checkbox data-here>"))).toBe(false);
    expect(isTyping(make("<button data-here></button>"))).toBe(false);
    expect(isTyping(null)).toBe(false);
  });
});

it("tells single keys from chords and draws them", () => {
  expect(isSingle("g i")).toBe(true);
  expect(isSingle("mod+k")).toBe(false);
  expect(caps("mod+shift+l", true)).toEqual(["⌘", "⇧", "L"]);
  expect(caps("mod+k", false)).toEqual(["Ctrl", "K"]);
  expect(caps("g i")).toEqual(["G", "I"]);
});

describe("recorder", () => {
  it("takes one key, a combination, or two letters in a row", () => {
    const { press } = recorder();
    expect(press({ key: "Shift", shiftKey: true }, 0)).toBeNull();
    expect(press({ key: "D" }, 0)).toBe("d");
    expect(press({ key: "x" }, 500)).toBe("d x");
    expect(press({ key: "y" }, 600)).toBe("y");
    expect(press({ key: "z" }, 5000)).toBe("z");
    expect(press({ key: "k", ctrlKey: true, shiftKey: true }, 5100)).toBe("mod+shift+k");
    expect(press({ key: "†", code: "KeyT", altKey: true }, 5200)).toBe("alt+t");
  });
});
