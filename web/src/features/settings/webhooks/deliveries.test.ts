import { expect, test } from "vitest";
import type { WebhookDelivery } from "@/api/types";
import { withNewest } from "./deliveries";

const row = (id: string, state = "delivered") => ({ id, state }) as WebhookDelivery;
const page = (rows: WebhookDelivery[], next_cursor: string | null = null) => ({ data: rows, next_cursor });
const list = { pages: [page([row("d", "waiting"), row("c")], "c1"), page([row("b", "waiting"), row("a")])], pageParams: ["", "c1"] };
const shown = (l: ReturnType<typeof withNewest>) => l?.pages.map((p) => p.data.map((d) => `${d.id} ${d.state}`));

test("what is new comes first, and what is known is as it is now, without the older pages", () => {
  const next = withNewest(list, page([row("e", "sending"), row("d"), row("b")], "c9"));
  expect(shown(next)).toEqual([
    ["e sending", "d delivered", "c delivered"],
    ["b delivered", "a delivered"],
  ]);
  expect(next?.pages[0]?.next_cursor).toBe("c1");
  expect(next?.pageParams).toEqual(["", "c1"]);
});

test("what would leave a gap is looked up as a whole", () => {
  expect(withNewest(list, page([row("z"), row("y")], "c9"))).toBeNull();
  expect(shown(withNewest({ pages: [page([])], pageParams: [""] }, page([row("a")])))).toEqual([["a delivered"]]);
});
