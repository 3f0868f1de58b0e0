import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import i18n from "i18next";
import type { ReactNode } from "react";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
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
  vi.stubGlobal("fetch", async (path: string, { method }: RequestInit) => {
    asked.push(`${method} ${path.replace("/api/v1/conversations", "")}`);
    if (refused.some((r) => path.endsWith(r))) return new Response(JSON.stringify({ code: "no", detail: "Not this one." }), { status: 403 });
    return new Response(JSON.stringify({ id: path.split("/")[4] }), { status: 200 });
  });
  const client = new QueryClient();
  client.setQueryData(["me"], { member_id: "mem_1" });
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
  return { asked, acts: renderHook(() => useActs(), { wrapper }).result.current };
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
