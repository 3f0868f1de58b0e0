import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import i18n from "i18next";
import type { ReactNode } from "react";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import inbox from "@/i18n/en/inbox.json";
import { bus } from "./bus";
import { undoLast, useActs } from "./data";

const said = vi.hoisted(() => ({ toast: Object.assign(vi.fn(), { error: vi.fn() }) }));
vi.mock("@/ui", () => said);

beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { inbox } } }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

/** The acts, before a server that refuses some paths. */
function acts(refused: string[] = [], refusal: object = { code: "no", detail: "Not this one." }) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string, { method }: RequestInit) => {
    asked.push(`${method} ${path.replace("/api/v1/conversations", "")}`);
    if (refused.some((r) => path.endsWith(r))) return new Response(JSON.stringify(refusal), { status: 403 });
    return new Response(JSON.stringify({ id: path.split("/")[4] }), { status: 200 });
  });
  const client = new QueryClient();
  client.setQueryData(["me"], { member_id: "mem_1" });
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
  return { asked, client, acts: renderHook(() => useActs(), { wrapper }).result.current };
}

it("brings back everything that was deleted", async () => {
  const { acts: act, asked } = acts();
  expect(await act.remove(["a", "b"])).toBe(true);
  expect(said.toast).toHaveBeenCalledWith("2 deleted", expect.anything());
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(asked).toEqual(["DELETE /a", "DELETE /b", "POST /a/restore", "POST /b/restore"]));
});

it("offers the way back for what was deleted before one was refused", async () => {
  const { acts: act, asked } = acts(["/b"]);
  expect(await act.remove(["a", "b", "c"])).toBe(false);
  expect(said.toast.error).toHaveBeenCalledWith("Not this one.");
  expect(said.toast).toHaveBeenCalledWith("Deleted", expect.anything());
  undoLast();
  await vi.waitFor(() => expect(asked).toContain("POST /a/restore"));
  expect(asked).not.toContain("POST /b/restore");
});

it("takes back once, whether by the button or by the key", async () => {
  const { acts: act } = acts();
  await act.remove(["a"]);
  said.toast.mock.calls[0]?.[1].action.onClick();
  expect(undoLast()).toBe(false);
});

const open = { id: "a", status: "open", custom_attributes: {}, tags: [] };
const required = { data: [{ key: "product", applies_to: "conversation", required_on_close: true, archived: false }] };

it("says nothing was done, and offers no way back, when it was refused", async () => {
  const { acts: act, client } = acts(["/a/assign", "/a/unassign", "/a/status", "/conversations/a"]);
  client.setQueryData(["conversation", "a"], open);
  await act.assign(["a"], "mem_2");
  await act.assign(["a"], null);
  await act.giveToTeam(["a"], "tem_1");
  await act.setSubStatus(["a"], "sub_1");
  expect(await act.setStatus(["a"], "spam")).toBe(false);
  expect(said.toast.error).toHaveBeenCalledTimes(5);
  expect(said.toast).not.toHaveBeenCalled();
  expect(undoLast()).toBe(false);
});

it("offers the way back for those that were given before one was refused", async () => {
  const { acts: act, asked, client } = acts(["/b/assign"]);
  for (const id of ["a", "b"]) client.setQueryData(["conversation", id], { ...open, id });
  await act.assign(["a", "b"], "mem_2");
  expect(said.toast).toHaveBeenCalledTimes(1);
  undoLast();
  await vi.waitFor(() => expect(asked).toEqual(["POST /a/assign", "POST /b/assign", "POST /a/unassign"]));
});

it("opens a conversation of the list that lacks something, instead of closing it in silence", async () => {
  const opened = vi.fn();
  const off = bus.on("goTo", opened);
  const { acts: act, asked, client } = acts();
  client.setQueryData(["attribute-definitions"], required);
  client.setQueryData(["conversation", "a"], open);
  expect(await act.setStatus(["a"], "resolved")).toBe(false);
  expect(opened).toHaveBeenCalledWith("a");
  expect(asked).toEqual([]);
  off();
});

it("looks the attributes up again when the server asks for one that is not known here", async () => {
  const opened = vi.fn();
  const off = bus.on("goTo", opened);
  const { acts: act, client } = acts(["/a/status"], { code: "invalid", fields: [{ field: "custom_attributes.product", code: "required_on_close", detail: "Product is needed." }] });
  client.setQueryData(["attribute-definitions"], { data: [] });
  client.setQueryData(["conversation", "a"], open);
  expect(await act.setStatus(["a"], "resolved")).toBe(false);
  expect(opened).toHaveBeenCalledWith("a");
  expect(client.getQueryState(["attribute-definitions"])?.isInvalidated).toBe(true);
  expect(said.toast).not.toHaveBeenCalled();
  expect(await act.setStatus(["a"], "open")).toBe(false);
  off();
});
