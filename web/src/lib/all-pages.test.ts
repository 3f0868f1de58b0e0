import { afterEach, expect, it, vi } from "vitest";
import { allPages } from "./all-pages";

afterEach(() => vi.unstubAllGlobals());

it("puts the pages of a list together, in order and each once", async () => {
  const asked: string[] = [];
  const pages: Record<string, object> = {
    "/api/v1/members?limit=100": { data: [1, 2], next_cursor: "a b" },
    "/api/v1/members?limit=100&cursor=a%20b": { data: [3], next_cursor: "c" },
    "/api/v1/members?limit=100&cursor=c": { data: [], next_cursor: null },
  };
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return new Response(JSON.stringify(pages[url]));
  });
  expect(await allPages<number>("/members")).toEqual({ data: [1, 2, 3], next_cursor: null });
  expect(asked).toEqual(Object.keys(pages));
});

it("fails as a whole when one of them fails", async () => {
  vi.stubGlobal("fetch", async (url: string) => (url.includes("cursor") ? new Response("{}", { status: 500 }) : new Response(JSON.stringify({ data: [1], next_cursor: "x" }))));
  await expect(allPages("/members")).rejects.toMatchObject({ status: 500 });
});
