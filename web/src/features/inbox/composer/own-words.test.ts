import { describe, expect, it } from "vitest";
import { endOfWords, ownWords } from "./own-words";

describe("one's own words", () => {
  it("end before the signature and the quote", () => {
    const html = '<p>On it</p><br><div id="sb-signature" class="gmail_signature">Mara</div><br><div id="sb-quote" class="gmail_quote">old</div>';
    expect(html.slice(0, endOfWords(html))).toBe("<p>On it</p>");
    expect(ownWords({ text: "On it\n\n-- \nMara\n\nold", stripped_text: "On it", html })).toEqual({ text: "On it", stripped_text: null, html: "<p>On it</p>" });
  });

  it("are everything where nothing was added", () => {
    const plain = { text: "Hi", stripped_text: null, html: "<p>Hi</p>" };
    expect(ownWords(plain)).toBe(plain);
  });
});
