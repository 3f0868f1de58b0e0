import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { create } from "zustand";
import { ApiError, api } from "@/api/client";
import type { Message } from "@/api/types";
import { useMe } from "../data";
import { draftsOf } from "../composer/use-draft";
import { addMessage } from "../cache";
import { useConnected } from "./connected";
import { flush, localShelf, type Outcome, type Waiting } from "./queue";

export const shelf = localShelf();

/** Read again whenever the shelf changed, here or in another tab. */
export const useShelf = create<{ items: Waiting[] }>(() => ({ items: shelf.all() }));
export const shelfChanged = () => useShelf.setState({ items: shelf.all() });

export const pathOf = (item: Pick<Waiting, "conversation_id" | "kind">) => `/conversations/${item.conversation_id}/${item.kind === "note" ? "notes" : "messages"}`;

/** Whether trying again later may help without the writer doing anything. */
export const passes = (e: unknown) => !(e instanceof ApiError) || e.status === 0 || e.status === 401 || e.status === 429 || e.status >= 500;

async function send(item: Waiting): Promise<Outcome<Message>> {
  try {
    return { done: await api.post<Message>(pathOf(item), item.body, { idempotencyKey: item.key }) };
  } catch (e) {
    if (passes(e) || !(e instanceof ApiError)) return "later";
    return { refused: { status: e.status, code: e.code, detail: e.detail } };
  }
}

export function keep(item: Waiting) {
  shelf.put(item);
  shelfChanged();
}

export function forget(key: string) {
  shelf.remove(key);
  shelfChanged();
}

/** Sends what waits as soon as there is a connection. */
export function useOutboxRunner() {
  const client = useQueryClient();
  const member = useMe()?.member_id;
  const connected = useConnected();
  const count = useShelf((s) => s.items.filter((i) => i.member === member && !i.problem).length);

  useEffect(() => {
    const other = (e: StorageEvent) => e.key?.startsWith("switchboard.outbox.") && shelfChanged();
    window.addEventListener("storage", other);
    return () => window.removeEventListener("storage", other);
  }, []);

  useEffect(() => {
    if (!member || !connected) return;
    draftsOf(member).saver.resume();
  }, [member, connected]);

  useEffect(() => {
    if (!member || !connected || !count) return;
    let again: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    let pause = 1000;
    const run = async () => {
      const left = await flush(shelf, member, send, { sent: (item, message) => addMessage(client, item.conversation_id, message), changed: shelfChanged });
      if (left === "later" && !over) {
        again = setTimeout(() => void run(), pause);
        pause = Math.min(pause * 2, 30_000);
      }
    };
    void run();
    return () => {
      over = true;
      clearTimeout(again);
    };
  }, [client, member, connected, count]);
}
