import { createMemoryHistory, createRootRoute, createRoute, createRouter, Link, Outlet, RouterProvider } from "@tanstack/react-router";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import i18n from "i18next";
import { useState } from "react";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it } from "vitest";
import form from "@/i18n/en/form.json";
import settings from "@/i18n/en/settings.json";
import { anyUnsaved, useUnsaved } from "@/lib/unsaved";
import { LeaveGuard } from "./LeaveGuard";

beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { settings, form } } }));
afterEach(cleanup);

function Form() {
  const [text, setText] = useState("");
  const saved = useUnsaved(text !== "");
  return (
    <>
      <input aria-label="Words" value={text} onChange={(e) => setText(e.target.value)} />
      <button type="button" onClick={saved}>
        Save
      </button>
    </>
  );
}

async function page() {
  const root = createRootRoute({
    component: () => (
      <>
        <LeaveGuard />
        <Link to="/other">Other page</Link>
        <Link to="/sign-in">Door</Link>
        <Outlet />
      </>
    ),
  });
  const at = (path: string, component: () => React.ReactNode) => createRoute({ getParentRoute: () => root, path, component });
  const router = createRouter({
    routeTree: root.addChildren([at("/", Form), at("/other", () => <p>Elsewhere</p>), at("/sign-in", () => <p>The door</p>)]),
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  await act(async () => render(<RouterProvider router={router as never} />));
  return await screen.findByLabelText("Words");
}

it("lets go where nothing was written", async () => {
  await page();
  fireEvent.click(screen.getByText("Other page"));
  await screen.findByText("Elsewhere");
});

it("asks before what was written is lost, and keeps it or lets it go", async () => {
  const words = await page();
  fireEvent.change(words, { target: { value: "half a thought" } });
  fireEvent.click(screen.getByText("Other page"));
  await screen.findByText("Discard what you changed?");
  fireEvent.click(screen.getByText("Cancel"));
  await waitFor(() => expect(screen.queryByText("Discard what you changed?")).toBeNull());
  expect((screen.getByLabelText("Words") as HTMLInputElement).value).toBe("half a thought");
  fireEvent.click(screen.getByText("Other page"));
  fireEvent.click(await screen.findByText("Discard"));
  await screen.findByText("Elsewhere");
  expect(anyUnsaved()).toBe(false);
});

it("does not stand in the way of what was just saved, nor of an ended session", async () => {
  const words = await page();
  fireEvent.change(words, { target: { value: "done" } });
  fireEvent.click(screen.getByText("Save"));
  fireEvent.click(screen.getByText("Other page"));
  await screen.findByText("Elsewhere");
  cleanup();
  const again = await page();
  fireEvent.change(again, { target: { value: "late" } });
  fireEvent.click(screen.getByText("Door"));
  await screen.findByText("The door");
});
