import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import common from "@/i18n/en/common.json";
import frame from "@/i18n/en/frame.json";
import { ResumeDialog } from "./ResumeDialog";

beforeAll(async () => {
  await i18n.use(initReactI18next).init({ lng: "en", resources: { en: { common, frame } } });
  await import("./DialogPanel");
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const state = (waiting: number) => ({ stopped: { at: "2026-01-05T10:00:00Z", by_name: "Ann", reason: null }, waiting });

/** The dialog on a page that counted when sending was stopped; the server answers as `now` says. */
function open(now: () => Promise<Response>) {
  const posted: unknown[] = [];
  vi.stubGlobal("fetch", async (_: string, { method, body }: RequestInit) => {
    if (method === "GET") return now();
    posted.push(JSON.parse(String(body)));
    return new Response(JSON.stringify({ stopped: null, waiting: 0 }));
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 60_000 } } });
  client.setQueryData(["sending"], state(0));
  const onClose = vi.fn();
  render(
    <QueryClientProvider client={client}>
      <ResumeDialog onClose={onClose} />
    </QueryClientProvider>,
  );
  return { posted, onClose, user: userEvent.setup() };
}

it("asks for what waits now, not for what had waited when sending was stopped", async () => {
  let answer = (_: Response) => {};
  const { posted, onClose, user } = open(() => new Promise<Response>((done) => (answer = done)));
  await screen.findByRole("dialog");
  // Nothing can leave before it is known what would.
  expect(screen.queryByText("Nothing has waited meanwhile.")).toBeNull();
  for (const button of screen.getAllByRole("button", { name: /go on/ })) expect(button).toHaveProperty("disabled", true);
  answer(new Response(JSON.stringify(state(300))));
  await screen.findByText("300 automatic messages have waited.", { exact: false });
  await user.click(screen.getByRole("button", { name: "Discard and go on" }));
  expect(posted).toEqual([{ waiting: "discard" }]);
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
});

it("lets nothing go on while it cannot be told what waits, and tries again", async () => {
  let works = false;
  const { posted, user } = open(async () => (works ? new Response(JSON.stringify(state(2))) : new Response("{}", { status: 503 })));
  await screen.findByText("What has waited could not be counted");
  expect(screen.queryByRole("button", { name: /go on/ })).toBeNull();
  works = true;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await user.click(await screen.findByRole("button", { name: "Send and go on" }));
  expect(posted).toEqual([{ waiting: "send" }]);
});
