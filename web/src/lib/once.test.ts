import { beforeEach, expect, it, vi } from "vitest";
import { postOnce } from "./once";

const { post } = vi.hoisted(() => ({ post: vi.fn() }));
vi.mock("@/api/client", () => ({ api: { post } }));

let made = 0;
const start = () => postOnce(() => `key-${++made}`);
const keys = () => post.mock.calls.map(([, , options]) => options.idempotencyKey);

beforeEach(() => {
  made = 0;
  post.mockReset();
});

it("tries the same with the same key until it is done, and then with another", async () => {
  const send = start();
  post.mockRejectedValueOnce(new Error("lost")).mockResolvedValue({ id: "m" });
  await expect(send("/messages", { text: "Hi" })).rejects.toThrow("lost");
  expect(await send("/messages", { text: "Hi" })).toEqual({ id: "m" });
  await send("/messages", { text: "Hi" });
  expect(keys()).toEqual(["key-1", "key-1", "key-2"]);
});

it("takes another key for other words and for another place", async () => {
  const send = start();
  post.mockRejectedValue(new Error("lost"));
  for (const [path, text] of [
    ["/a", "Hi"],
    ["/a", "Hi there"],
    ["/b", "Hi"],
    ["/a", "Hi"],
  ] as const)
    await expect(send(path, { text })).rejects.toThrow();
  expect(keys()).toEqual(["key-1", "key-2", "key-3", "key-1"]);
});

it("sends a doubled click under one key", async () => {
  const send = start();
  post.mockResolvedValue({});
  await Promise.all([send("/a", {}), send("/a", {})]);
  expect(keys()).toEqual(["key-1", "key-1"]);
});
