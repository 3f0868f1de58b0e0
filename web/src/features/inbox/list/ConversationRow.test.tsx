import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18n from "i18next";
import { type ComponentProps, StrictMode } from "react";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Conversation, Member } from "@/api/types";
import common from "@/i18n/en/common.json";
import inbox from "@/i18n/en/inbox.json";
import { ConversationRow } from "./ConversationRow";

beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { inbox, common } }, interpolation: { escapeValue: false } }));
afterEach(cleanup);

const conversation = {
  id: "cnv_1",
  channel_name: "Front desk",
  provider: "mail",
  status: "open",
  priority: "urgent",
  subject: "Three colours missing",
  contact: { id: "con_1", name: "Chloé Moreau", review: false },
  participants: [],
  last_message_at: "2026-11-21T11:57:00Z",
  last_message_preview: "I've attached the slip",
  last_message_direction: "inbound",
  unread_count: 2,
  tags: ["VIP", "Shipping", "Wholesale", "Billing"],
} as unknown as Conversation;

async function show(more: Partial<ComponentProps<typeof ConversationRow>> = {}) {
  const props = {
    conversation,
    icon: "mail",
    hue: 250,
    hasSubject: true,
    selected: false,
    checked: false,
    selecting: false,
    compact: false,
    typing: false,
    now: Date.parse("2026-11-21T12:00:00Z"),
    tagHues: {},
    columns: ["preview", "priority", "tags", "assignee"],
    search: {},
    position: 1,
    size: 9,
    onCheck: vi.fn(),
    t: i18n.getFixedT(null, ["inbox", "common"]),
    language: "en",
    ...more,
  };
  const client = new QueryClient();
  client.setQueryData(["channel-types"], { data: [] });
  const router = createRouter({ routeTree: createRootRoute({ component: () => <ConversationRow {...props} /> }), history: createMemoryHistory({ initialEntries: ["/"] }) });
  render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </StrictMode>,
  );
  await screen.findByRole("listitem");
  return props;
}

it("says who, what, when and what it waits for", async () => {
  await show({ assignee: { id: "mem_1", name: "Jonas Okafor" } as Member });
  const link = screen.getByRole("link");
  expect(link.getAttribute("href")).toBe("/inbox/cnv_1");
  for (const words of ["Chloé Moreau", "Three colours missing", "I've attached the slip", "3m", "2 unread", "Urgent", "VIP", "+1", "Assigned to Jonas Okafor"]) {
    expect(link.textContent).toContain(words);
  }
  expect(screen.getByRole("img", { name: "Front desk" })).toBeTruthy();
  expect(screen.getByRole("listitem").getAttribute("aria-setsize")).toBe("9");
});

it("shows that somebody is writing instead of the last words", async () => {
  await show({ typing: true });
  expect(screen.getByRole("link").textContent).toContain("typing");
  expect(screen.getByRole("link").textContent).not.toContain("slip");
});

it("shows the tick in place of the face while somebody selects", async () => {
  const face = () => screen.getByRole("img", { name: "Front desk" }).closest(".relative");
  await show({ selecting: true });
  expect(face()?.classList).toContain("opacity-0");
  cleanup();
  await show({ checked: true, selecting: true, compact: true });
  expect(face()?.classList).toContain("opacity-0");
  cleanup();
  await show();
  expect(face()?.classList).not.toContain("opacity-0");
});

it("is ticked by its circle, with shift for a row of them", async () => {
  const { onCheck } = await show({ selecting: true });
  const box = screen.getByRole("checkbox", { name: "Select Chloé Moreau" });
  const user = userEvent.setup();
  await user.click(box);
  expect(onCheck).toHaveBeenLastCalledWith("cnv_1", false);
  await user.keyboard("{Shift>}");
  await user.click(box);
  expect(onCheck).toHaveBeenLastCalledWith("cnv_1", true);
});
