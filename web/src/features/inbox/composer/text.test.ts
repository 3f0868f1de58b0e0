import { expect, it } from "vitest";
import { htmlForMail, htmlToText, textToHtml } from "./text";

it("keeps lines, lists and link targets in the plain words", () => {
  expect(htmlToText("<p>Hi <b>Chloé</b>,</p><p></p><p>two things:</p><ul><li><p>one</p></li><li><p>two</p></li></ul><p>Bye</p>")).toBe(
    "Hi Chloé,\n\ntwo things:\n- one\n- two\nBye",
  );
  expect(htmlToText("<ol><li>a</li><li>b</li></ol>")).toBe("1. a\n2. b");
  expect(htmlToText('<p><a href="https://a.example/x">track it</a> or <a href="https://a.example">a.example</a></p>')).toBe("track it (https://a.example/x) or a.example");
});

it("turns words into paragraphs and back", () => {
  const words = "a <b>\n\nc & d";
  expect(textToHtml(words)).toBe("<p>a &lt;b&gt;</p><p></p><p>c &amp; d</p>");
  expect(htmlToText(textToHtml(words))).toBe(words);
});

it("keeps empty lines in mail", () => {
  expect(htmlForMail("<p>a</p><p></p>")).toBe('<p style="margin:0">a</p><p style="margin:0"><br></p>');
});
