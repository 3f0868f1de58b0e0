import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it, vi } from "vitest";
import { undoLast } from "../data";
import { standing, useShaping } from "./use-shaping";

const { post, patch, remove } = vi.hoisted(() => ({ post: vi.fn(), patch: vi.fn(), remove: vi.fn() }));
vi.mock("@/api/client", () => ({ api: { post, patch, delete: remove }, ApiError: class extends Error {}, useMe: () => undefined, useEvents: () => {} }));
vi.mock("react-i18next", () => ({ useTranslation: () => ({ t: (key: string) => key }), initReactI18next: {} }));

it("knows how something stood before", () => {
  const now = Date.parse("2026-11-21T20:00:00Z");
  expect(standing({ status: "pending", snoozed_until: null }, now)).toEqual({ status: "pending" });
  expect(standing({ status: "snoozed", snoozed_until: "2026-11-23T08:00:00Z" }, now)).toEqual({ status: "snoozed", snoozed_until: "2026-11-23T08:00:00Z" });
  expect(standing({ status: "snoozed", snoozed_until: "2026-11-21T19:00:00Z" }, now)).toEqual({ status: "open" });
  expect(standing({ status: "snoozed", snoozed_until: null }, now)).toEqual({ status: "snoozed" });
});

it("puts the conversations of somebody who was blocked by mistake back where each was", async () => {
  const until = new Date(Date.now() + 86_400_000).toISOString();
  post.mockResolvedValue({
    contact: { id: "p" },
    conversations: [
      { id: "c1", status: "pending", snoozed_until: null },
      { id: "c2", status: "snoozed", snoozed_until: until },
      { id: "c9", status: "open", snoozed_until: null },
    ],
  });
  patch.mockImplementation(async (path: string) => ({ id: path.split("/")[2], tags: [] }));
  remove.mockResolvedValue({ id: "p" });
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
  const { result } = renderHook(() => useShaping(), { wrapper });
  await result.current.block("p", "Pat");
  expect(undoLast()).toBe(true);
  await waitFor(() => expect(patch).toHaveBeenCalledTimes(3));
  expect(remove).toHaveBeenCalledWith("/contacts/p/block");
  expect(patch.mock.calls).toEqual([
    ["/conversations/c1/status", { status: "pending" }],
    ["/conversations/c2/status", { status: "snoozed", snoozed_until: until }],
    ["/conversations/c9/status", { status: "open" }],
  ]);
});
