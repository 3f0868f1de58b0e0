import { describe, expect, it } from "vitest";
import { accept, pieceAt, suggest, type Values } from "./operators";

const values: Values = (o) => (o === "tag" ? ["VIP", "Black Friday", "Größe"] : o === "status" ? ["open", "closed"] : []).map((value) => ({ value, label: value }));
const labels = (text: string, cursor = text.length) => suggest(text, cursor, values, () => "").map((s) => s.label);

describe("the piece at the cursor", () => {
  it("is a word, or the value of an operator", () => {
    expect(pieceAt("box fro", 7)).toMatchObject({ from: 4, to: 7, typed: "fro", operator: undefined });
    expect(pieceAt("box FROM:an", 11)).toMatchObject({ from: 4, operator: "from", typed: "an" });
    expect(pieceAt('tag:"Black Fr', 13)).toMatchObject({ from: 0, operator: "tag", typed: "Black Fr" });
    expect(pieceAt('tag:"Black Friday" x', 20)).toMatchObject({ from: 19, typed: "x" });
    expect(pieceAt("-tag:v more", 6)).toMatchObject({ from: 0, to: 6, not: true, operator: "tag", typed: "v" });
    expect(pieceAt("http://x", 8)).toMatchObject({ operator: undefined });
  });
});

describe("suggestions", () => {
  it("are operators for the beginning of a word", () => {
    expect(labels("box ta")).toEqual(["tag:"]);
    expect(labels("a")).toEqual(["assignee:", "after:"]);
    expect(labels("")).toHaveLength(12);
    expect(labels("zebra")).toEqual([]);
    expect(labels("zebra ")).toEqual([]);
  });
  it("are values after an operator, with or without accents", () => {
    expect(labels("tag:")).toEqual(["VIP", "Black Friday", "Größe"]);
    expect(labels("tag:fri")).toEqual(["Black Friday"]);
    expect(labels("tag:gro")).toEqual(["Größe"]);
    expect(labels('tag:"black f')).toEqual(["Black Friday"]);
    expect(labels("from:anna")).toEqual([]);
  });
  it("are put in the place of what was typed", () => {
    const put = (text: string, cursor = text.length, n = 0) => {
      const s = suggest(text, cursor, values, () => "")[n];
      return s && accept(text, cursor, s);
    };
    expect(put("box ta")).toEqual({ text: "box tag:", cursor: 8 });
    expect(put("box tag:bl")).toEqual({ text: 'box tag:"Black Friday" ', cursor: 23 });
    expect(put("-tag:v more", 6)).toEqual({ text: "-tag:VIP more", cursor: 9 });
  });
});
