import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { ConversationDetail } from "@/api/types";
import attributes from "@/i18n/en/attributes.json";
import common from "@/i18n/en/common.json";
import inbox from "@/i18n/en/inbox.json";
import RequiredDialog from "./RequiredDialog";

beforeAll(async () => {
  await i18n.use(initReactI18next).init({ lng: "en", resources: { en: { attributes, common, inbox } } });
  await import("@/ui/DialogPanel");
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const definition = (key: string, name: string) => ({ id: key, key, name, kind: "text", options: [], applies_to: "conversation", required_on_close: true, archived: false });
const product = definition("product", "Product");
const team = definition("team", "Ordered by");
const detail = { id: "a", status: "open", custom_attributes: { product: "Lamp" }, tags: [] } as unknown as ConversationDetail;

/** The dialog, before a server with these definitions, which closes nothing that lacks one of them. */
function open(definitions: () => object[] | null) {
  vi.stubGlobal("fetch", async (path: string, { method }: RequestInit) => {
    const all = definitions();
    if (path.endsWith("/attribute-definitions")) return all ? new Response(JSON.stringify({ data: all, next_cursor: null })) : new Response("{}", { status: 503 });
    const refuses = path.endsWith("/status") && all?.some((d) => (d as typeof product).key === "team");
    if (refuses)
      return new Response(JSON.stringify({ code: "invalid", fields: [{ field: "custom_attributes.team", code: "required_on_close", detail: "Needed." }] }), { status: 422 });
    return new Response(JSON.stringify({ ...detail, status: method === "POST" ? "resolved" : "open" }));
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryData(["conversation", "a"], detail);
  const onClose = vi.fn();
  render(
    <QueryClientProvider client={client}>
      <RequiredDialog detail={detail} sub={null} onClose={onClose} />
    </QueryClientProvider>,
  );
  return onClose;
}
// Not the one in the corner, which closes the dialog.
const button = () => screen.getByText("Close").closest("button") as HTMLButtonElement;

it("stays when something else is needed by now, and asks for that", async () => {
  let all = [product];
  const onClose = open(() => all);
  await screen.findByText("Lamp");
  await waitFor(() => expect(button().disabled).toBe(false));
  // Somebody asks for more meanwhile.
  all = [product, team];
  fireEvent.click(button());
  await screen.findByText("Ordered by");
  expect(button().disabled).toBe(true);
  expect(onClose).not.toHaveBeenCalled();
});

it("leaves once the conversation is closed", async () => {
  const onClose = open(() => [product]);
  await waitFor(() => expect(button().disabled).toBe(false));
  fireEvent.click(button());
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
});

it("closes nothing before it is known what is needed, and can be told to look again", async () => {
  let all: object[] | null = null;
  open(() => all);
  await screen.findByText("The attributes could not be loaded");
  expect(button().disabled).toBe(true);
  all = [product];
  fireEvent.click(screen.getByText("Try again"));
  await screen.findByText("Lamp");
  await waitFor(() => expect(button().disabled).toBe(false));
});
