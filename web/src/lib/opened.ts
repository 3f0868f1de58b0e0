/** Where a click on what the browser showed leads, held until somebody is there who can go. */
let held: string | null = null;
let go: ((path: string) => void) | null = null;

/** From the very start of the app: a click may come before its pages do. */
export function hearOpened(worker: Pick<ServiceWorkerContainer, "addEventListener"> | undefined = navigator.serviceWorker) {
  worker?.addEventListener("message", (e) => {
    const said: unknown = (e as MessageEvent).data;
    if (!said || typeof said !== "object" || !("type" in said) || said.type !== "open" || !("path" in said)) return;
    const { path } = said;
    // A path of this server, not of another one.
    if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) return;
    if (go) go(path);
    else held = path;
  });
}

/** Goes where a click leads, also with one that came before. */
export function takeOpened(to: (path: string) => void): () => void {
  go = to;
  const path = held;
  held = null;
  if (path) to(path);
  return () => {
    if (go === to) go = null;
  };
}
