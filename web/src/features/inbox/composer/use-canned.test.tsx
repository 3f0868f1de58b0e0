import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import { useCanned } from "./use-canned";

const { get, post } = vi.hoisted(() => ({ get: vi.fn(), post: vi.fn() }));
vi.mock("@/api/client", () => ({ api: { get, post }, ApiError: class extends Error {} }));
vi.mock("react-i18next", () => ({ useTranslation: () => ({ t: (key: string) => key }) }));

const reply = (id: string) => ({ id, title: id, text: id, attachments: [] });
let answer: (text: string) => Promise<unknown>;

beforeEach(() => {
  get.mockReset().mockImplementation((path: string) => answer(new URL(path, "http://x").searchParams.get("text") ?? ""));
  post.mockReset().mockImplementation(async (path: string) => ({ text: path, html: null, attachments: [] }));
});

function setUp() {
  const client = new QueryClient();
  const fill = vi.fn();
  const editor = { focus() {}, insert() {}, fill };
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
  const hook = renderHook(
    () =>
      useCanned(
        "c1",
        () => editor,
        () => {},
      ),
    { wrapper },
  );
  const press = (key: string) => {
    const e = new KeyboardEvent("keydown", { key, cancelable: true });
    let taken = false;
    act(() => {
      taken = hook.result.current.onKey(e) as boolean;
    });
    return { taken, prevented: e.defaultPrevented };
  };
  const type = (query: string | null) => act(() => hook.result.current.onSlash?.(query));
  return { hook, press, type, fill };
}

it("puts in what the words ask for, not what stood there before them", async () => {
  let come: (page: unknown) => void = () => {};
  answer = (text) => (text === "" ? Promise.resolve({ data: [reply("hours"), reply("refund")] }) : new Promise((done) => (come = done)));
  const { hook, press, type, fill } = setUp();
  type("");
  await waitFor(() => expect(hook.result.current.found).toHaveLength(2));
  type("ref");
  // The list still shows the old rows, so the first of them must not be taken.
  for (const key of ["Enter", "Tab"]) expect(press(key)).toEqual({ taken: true, prevented: true });
  await waitFor(() => expect(get).toHaveBeenCalledTimes(2));
  expect(press("Enter").prevented).toBe(true);
  expect(post).not.toHaveBeenCalled();
  await act(async () => come({ data: [reply("refund")] }));
  await waitFor(() => expect(fill).toHaveBeenCalledTimes(1));
  expect(post.mock.calls.map((c) => c[0])).toEqual(["/canned-replies/refund/use"]);
});

it("takes nothing once the words have changed after the key", async () => {
  answer = (text) => Promise.resolve({ data: text === "zz" ? [] : [reply("hours")] });
  const { hook, press, type } = setUp();
  type("");
  await waitFor(() => expect(hook.result.current.found).toHaveLength(1));
  type("h");
  press("Enter");
  type("zz");
  await waitFor(() => expect(hook.result.current.found).toHaveLength(0));
  expect(post).not.toHaveBeenCalled();
  expect(press("Enter")).toEqual({ taken: false, prevented: false });
});
