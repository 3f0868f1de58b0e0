import { useState } from "react";
import { api } from "@/api/client";

export type PostOnce = <T>(path: string, body: unknown) => Promise<T>;

/** Posts so that a second try of the same, after an answer that got lost, happens only once. Other words are another act, and so is the same again after it was done. */
export function postOnce(newKey: () => string = () => crypto.randomUUID()): PostOnce {
  const open = new Map<string, string>();
  return async <T>(path: string, body: unknown) => {
    const what = `${path} ${JSON.stringify(body)}`;
    const key = open.get(what) ?? newKey();
    open.set(what, key);
    const done = await api.post<T>(path, body, { idempotencyKey: key });
    open.delete(what);
    return done;
  };
}

export const usePostOnce = (): PostOnce => useState(() => postOnce())[0];
