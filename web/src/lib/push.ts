import { api } from "@/api/client";

/** What this browser can do: nothing, nothing because it was forbidden, or be turned on and off. */
export type PushState = "unsupported" | "denied" | "off" | "on";

const worker = "/push.js";
const owner = "push_for";

const isSupported = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(worker);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

export async function pushState(): Promise<PushState> {
  if (!isSupported()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && (await subscription()) ? "on" : "off";
}

/** The address by which this browser is told, to find it in a list. */
export const pushEndpoint = async () => (isSupported() ? ((await subscription())?.endpoint ?? null) : null);

export function keyBytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** Asks the person, then the browser, then tells the server. */
export async function turnOn(key: string, account: string): Promise<PushState> {
  if (!isSupported()) return "unsupported";
  if ((await Notification.requestPermission()) !== "granted") return Notification.permission === "denied" ? "denied" : "off";
  const registration = await navigator.serviceWorker.register(worker);
  await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: keyBytes(key) };
  let made: PushSubscription;
  try {
    made = await registration.pushManager.subscribe(options);
  } catch (e) {
    // Subscribed with a key that is not ours any more.
    const old = await registration.pushManager.getSubscription();
    if (!old) throw e;
    await old.unsubscribe();
    made = await registration.pushManager.subscribe(options);
  }
  await tell(made);
  localStorage.setItem(owner, account);
  return "on";
}

const tell = (made: PushSubscription) => api.post("/notifications/push-subscriptions", made.toJSON());

export async function turnOff(): Promise<PushState> {
  const old = isSupported() ? await subscription() : null;
  localStorage.removeItem(owner);
  if (old) {
    // The server forgets it by itself when it is told once more in vain.
    await api.delete("/notifications/push-subscriptions", { endpoint: old.endpoint }).catch(() => {});
    await old.unsubscribe();
  }
  return isSupported() ? (Notification.permission === "denied" ? "denied" : "off") : "unsupported";
}

/** After each sign-in: pushes go on for whoever turned them on here, and end for anybody else. */
export async function keepPush(account: string): Promise<void> {
  if (!isSupported() || Notification.permission !== "granted") return;
  const made = await subscription();
  if (!made) return;
  if (localStorage.getItem(owner) === account) await tell(made);
  else await made.unsubscribe();
}
