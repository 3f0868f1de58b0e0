// Every component of ui/ in all its states. `?part=forms` shows one of them, `theme=dark` and `lang=ar-XB` as others see it.
import "../src/styles.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

const asked = new URLSearchParams(location.search);
document.documentElement.classList.toggle("dark", asked.get("theme") === "dark");
localStorage.setItem("language", asked.get("lang") ?? "en");
// Letters of one width are the machine's own and differ from one to the next; the font that comes along stands for them here.
document.documentElement.style.setProperty("--font-mono", "var(--font-sans)");

// Read after the language is chosen.
const { spoken, words } = await import("@/app/i18n");
await spoken;
await words("attributes", "calls", "details", "filters", "settings");
const { Gallery } = await import("./Gallery");
const { answers } = await import("./answers");
const { default: TipLayer } = await import("@/ui/TipLayer");
const { default: Toaster } = await import("@/ui/Toaster");

const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } });
for (const [key, data] of answers) client.setQueryData(key, data);
// What is asked anew each time is answered anew.
const ask = globalThis.fetch;
globalThis.fetch = (path, init) => (path === "/api/v1/sending" ? Promise.resolve(Response.json({ stopped: null, waiting: 3 })) : ask(path, init));
const root = createRootRoute({
  component: () => (
    <>
      <Gallery part={asked.get("part")} />
      <Toaster />
      <TipLayer />
    </>
  ),
  notFoundComponent: () => null,
});
const router = createRouter({ routeTree: root, history: createMemoryHistory({ initialEntries: ["/"] }) });
const place = document.getElementById("root");
if (place)
  createRoot(place).render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
