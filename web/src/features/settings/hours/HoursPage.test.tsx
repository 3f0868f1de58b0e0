import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import form from "@/i18n/en/form.json";
import hours from "@/i18n/en/hours.json";
import { HoursPage } from "./HoursPage";

vi.mock("../Page", async () => ({
  RowsSkeleton: () => null,
  SettingsPage: ({ children }: { children: React.ReactNode }) => <main>{children}</main>,
  Section: ({ children }: { children: React.ReactNode }) => <section>{children}</section>,
}));
// Hundreds of fields that this is not about.
vi.mock("@/features/setup/guess", () => ({ timeZones: () => [{ value: "UTC", label: "UTC" }] }));
vi.mock("./WeekGrid", () => ({ WeekGrid: () => null }));
vi.mock("./AnswerField", () => ({ AnswerField: () => null }));
vi.mock("./SendingSection", () => ({ SendingSection: () => null }));
vi.mock("./HolidaysSection", () => ({ HolidaysSection: () => null }));
vi.mock("@/api/events", () => ({ useEvents: () => {}, stopEvents: () => {}, whenRefused: () => {} }));

beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { hours, form } } }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const place = (id: string, schedule: object | null) => ({ place: id, schedule, greeting: null, away: null, open: true, changes_at: null });
const channel = { id: "chn_1", name: "Front desk", provider: "x", channel: "x", status: "active" };

/** The page; what it saves is answered, and the list of places takes its time after that. */
async function page() {
  const slow: (() => void)[] = [];
  let saved: { schedule: object | null } | null = null;
  vi.stubGlobal("fetch", async (path: string, { method, body }: RequestInit) => {
    if (method === "PUT") {
      saved = JSON.parse(String(body));
      return new Response(JSON.stringify({ ...place("workspace", null), ...saved }));
    }
    if (saved) await new Promise<void>((done) => slow.push(done));
    if (path.endsWith("/hours")) return new Response(JSON.stringify({ data: [{ ...place("workspace", null), ...saved }], next_cursor: null }));
    return new Response(JSON.stringify({ data: [channel], next_cursor: null }));
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryData(["me"], { permissions: ["workspace.manage", "channels.read"], role: "admin", workspace: { time_zone: "UTC" } });
  render(
    <QueryClientProvider client={client}>
      <HoursPage />
    </QueryClientProvider>,
  );
  await screen.findByText("Use business hours");
  return slow;
}
const own = () => screen.getByLabelText("Use business hours");
const isOn = () => own().getAttribute("aria-checked");
const save = () => screen.getByText("Save").closest("button") as HTMLButtonElement;

it("shows what was saved, from then on", async () => {
  const slow = await page();
  fireEvent.click(own());
  const seen: (string | null)[] = [];
  const watch = new MutationObserver(() => seen.push(isOn()));
  watch.observe(document.body, { subtree: true, attributes: true, childList: true });
  fireEvent.click(save());
  await waitFor(() => expect(slow.length).toBeGreaterThan(0));
  expect(isOn()).toBe("true");
  expect(screen.queryByText("Not saved yet")).toBeNull();
  for (const done of slow) done();
  await waitFor(() => expect(save().disabled).toBe(true));
  watch.disconnect();
  expect(isOn()).toBe("true");
  expect(new Set(seen)).toEqual(new Set(["true"]));
});

it("asks before another place takes away what is written", async () => {
  await page();
  const tab = () => screen.getByText("Front desk");
  fireEvent.click(own());
  fireEvent.click(tab());
  await screen.findByText("Discard what you changed?");
  fireEvent.click(screen.getByText("Cancel"));
  expect(isOn()).toBe("true");
  fireEvent.click(tab());
  fireEvent.click(await screen.findByText("Discard"));
  await screen.findByText("This channel has its own hours");
  // Nothing is lost by going back.
  fireEvent.click(screen.getByText("Whole workspace"));
  expect(isOn()).toBe("false");
});
