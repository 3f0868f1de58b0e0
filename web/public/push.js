// Shows what the server pushes while the product is not in front of somebody.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const pages = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data ? event.data.json() : {};
  } catch {}
  event.waitUntil(
    pages().then((open) => {
      // Who looks at the product sees its bell.
      if (said.tag !== "test" && open.some((page) => page.focused)) return;
      return self.registration.showNotification(said.title || "Switchboard", {
        body: said.body || "",
        tag: said.tag,
        icon: "/icon.svg",
        data: { path: said.path || "/" },
      });
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data?.path || "/";
  event.waitUntil(
    pages().then((open) => {
      const page = open.find((p) => p.visibilityState === "visible") || open[0];
      if (!page) return self.clients.openWindow(path);
      page.postMessage({ type: "open", path });
      return page.focus();
    }),
  );
});
