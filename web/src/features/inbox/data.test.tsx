import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import i18n from "i18next";
import type { ReactNode } from "react";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { ConversationDetail } from "@/api/types";
import inbox from "@/i18n/en/inbox.json";
import { undoLast, useActs } from "./data";

const said = vi.hoisted(() => ({ toast: Object.assign(vi.fn(), { error: vi.fn() }) }));
vi.mock("@/ui", () => said);

beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { inbox } } }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

/** The acts, before a server that refuses some paths. */
function acts(refused: string[] = []) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string, { method, body }: RequestInit) => {
    asked.push(`${method} ${path.replace("/api/v1/conversations", "")}`);
    if (refused.some((r) => path.endsWith(r))) return new Response(JSON.stringify({ code: "no", detail: "Not this one." }), { status: 403 });
    return new Response(JSON.stringify({ id: path.split("/")[4], ...(body && method !== "DELETE" ? JSON.parse(String(body)) : {}) }), { status: 200 });
  });
  const client = new QueryClient();
  client.setQueryData(["me"], { member_id: "mem_1" });
  for (const id of ["a", "b", "c"])
    client.setQueryData(["conversation", id], { id, status: "open", priority: "normal", assignee_id: null, tags: [], custom_attributes: {}, messages: [] });
  const row = (id: string) => client.getQueryData<ConversationDetail>(["conversation", id]);
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
  return { asked, row, acts: renderHook(() => useActs(), { wrapper }).result.current };
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

const refusable: [string, string, (act: ReturnType<typeof useActs>) => unknown][] = [
  ["assign", "/assign", (act) => act.assign(["a"], "mem_2")],
  ["giveToTeam", "/assign", (act) => act.giveToTeam(["a"], "tem_1")],
  ["setStatus", "/status", (act) => act.setStatus(["a"], "resolved")],
  ["setSubStatus", "/a", (act) => act.setSubStatus(["a"], "sub_1")],
  ["setPriority", "/a", (act) => act.setPriority("a", "urgent")],
  ["remove", "/a", (act) => act.remove(["a"])],
];
it.each(refusable)("%s says nothing was done where it was refused, and shows what was there before", async (_, refused, run) => {
  const { acts: act, row } = acts([refused]);
  await run(act);
  expect(said.toast.error).toHaveBeenCalledWith("Not this one.");
  expect(said.toast).not.toHaveBeenCalled();
  expect(undoLast()).toBe(false);
  expect(row("a")).toMatchObject({ status: "open", priority: "normal", assignee_id: null });
});

it("says how many of them were done where one was refused, and takes only those back", async () => {
  const { acts: act, asked, row } = acts(["/b/assign"]);
  await act.assign(["a", "b"], "mem_2");
  expect(said.toast).toHaveBeenCalledWith(inbox.act.assigned_one, expect.anything());
  expect([row("a")?.assignee_id, row("b")?.assignee_id]).toEqual(["mem_2", null]);
  undoLast();
  await vi.waitFor(() => expect(asked).toContain("POST /a/unassign"));
  expect(asked).not.toContain("POST /b/unassign");
});
