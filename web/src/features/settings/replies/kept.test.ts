import { expect, it } from "vitest";
import { fitFiles } from "@/features/inbox/composer/limits";
import { KEPT } from "./kept";

it("takes files of any kind into what is kept, up to their size and number", () => {
  const file = (name: string, size: number, type: string) => ({ name, size, type });
  const list = [file("a.pdf", 1000, "application/pdf"), file("b.png", 26_000_000, "image/png"), file("c", 5, "")];
  const { fit, breach } = fitFiles(list, 0, KEPT.limits);
  expect(fit.map((f) => f.name)).toEqual(["a.pdf", "c"]);
  expect(breach).toEqual({ kind: "size", name: "b.png", limit: 25_000_000 });
  expect(fitFiles(list.slice(0, 1), 20, KEPT.limits).breach).toEqual({ kind: "count", limit: 20 });
});
