import { describe, expect, it } from "vitest";
import { inkOn, pieces, safeColour } from "./text";
import { language, speak } from "./words";

describe("text", () => {
  it("finds links and leaves the rest as text", () => {
    expect(pieces("See https://a.example/x?y=1, or (https://b.example).")).toEqual([
      { text: "See " },
      { text: "https://a.example/x?y=1", href: "https://a.example/x?y=1" },
      { text: ", or (" },
      { text: "https://b.example", href: "https://b.example" },
      { text: ")." },
    ]);
  });

  it("never makes a link of another scheme", () => {
    for (const t of ["javascript:alert(1)", "data:text/html,x", "<a href=x>", "http://"]) {
      expect(pieces(t).every((p) => !p.href)).toBe(true);
    }
  });

  it("loses nothing", () => {
    const t = "a https://x.example/… b\nhttps://y.example/?q=(1) c";
    expect(
      pieces(t)
        .map((p) => p.text)
        .join(""),
    ).toBe(t);
  });

  it("chooses ink that reads on the colour", () => {
    expect(inkOn("#126b7d")).toBe("#fff");
    expect(inkOn("#ffd84d")).toBe("#1c1a17");
    expect(inkOn("#ffffff")).toBe("#1c1a17");
    expect(inkOn("#000000")).toBe("#fff");
  });

  it("accepts only plain hex colours", () => {
    expect(safeColour("#abc")).toBe("#aabbcc");
    expect(safeColour("red;}*{display:none")).toBe("#126b7d");
    expect(safeColour(undefined)).toBe("#126b7d");
  });

  it("picks the first language it speaks", () => {
    expect(language(null, "de-AT", "en")).toBe("de");
    expect(language("fr", undefined, "pt_BR")).toBe("en");
    expect(speak("de")("openUnread", { n: 2 })).toBe("Chat öffnen, 2 ungelesen");
  });
});
