import { expect, it } from "vitest";
import { secureLink } from "./link";

it("follows secure addresses only", () => {
  expect(secureLink("https://shop.example/cart?id=1")).toBe("https://shop.example/cart?id=1");
  for (const text of [null, "", "shop.example/cart", "http://shop.example/", "javascript:alert(1)", "data:text/html,hi", "https://user:word@shop.example/"]) {
    expect(secureLink(text), String(text)).toBeNull();
  }
});
