/** Where a click on what the browser showed leads. It may come while the product is still starting; then it waits until somebody can go there. */

let waiting: string | null = null;
let taker: ((path: string) => void) | null = null;

/** Begins to listen; called before anything is loaded, since the browser says it once. */
export function listenForOpened() {
  navigator.serviceWorker?.addEventListener("message", (e: MessageEvent) => {
    if (e.data?.type !== "open" || typeof e.data.path !== "string" || !e.data.path.startsWith("/")) return;
    if (taker) taker(e.data.path);
    else waiting = e.data.path;
  });
}

/** Goes wherever a click leads, and where the last one led that nobody could follow yet. */
export function whenOpened(go: (path: string) => void): () => void {
  taker = go;
  const path = waiting;
  waiting = null;
  if (path) go(path);
  return () => {
    if (taker === go) taker = null;
  };
}
