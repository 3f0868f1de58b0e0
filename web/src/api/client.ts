import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { stopEvents, whenRefused } from "./events";
import { inWords, type Problem } from "./problem";
import type { Me, Session } from "./types";

export { useEvents } from "./events";
export type { Me, Session } from "./types";

/** What the server said when it refused, or status 0 when it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: Problem["fields"];
  readonly requestId: string | null;
  readonly body: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.code);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.fields = problem.fields ?? [];
    this.requestId = problem.request_id;
    this.body = problem;
  }
}

const blank: Problem = { status: 0, code: "network", title: "", detail: "", fields: [], request_id: null };
const root = "/api/v1";
let csrf = "";

export const csrfToken = () => csrf;

export interface CallOptions {
  idempotencyKey?: string;
  signal?: AbortSignal;
}

async function call<T>(method: string, path: string, body: unknown, { idempotencyKey, signal }: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrf) headers["x-csrf-token"] = csrf;
  if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
  let response: Response;
  let text: string;
  try {
    response = await fetch(root + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
    text = await response.text();
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new ApiError(blank);
  }
  const value = parse(text);
  if (response.ok) return value as T;
  const error = new ApiError(await inWords({ ...blank, code: "", ...(value as Partial<Problem> | undefined), status: response.status }));
  if (error.status === 401 && !path.startsWith("/auth/") && error.code !== "auth.wrong_credentials") expired();
  throw error;
}

function parse(text: string): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

let onExpired: () => void = () => {};
/** What to do when the session has ended. The router sets this. */
export const whenExpired = (act: () => void) => {
  onExpired = act;
};
const expired = () => {
  stopEvents();
  onExpired();
};

export const api = {
  get: <T>(path: string, options?: CallOptions) => call<T>("GET", path, undefined, options),
  post: <T = void>(path: string, body?: unknown, options?: CallOptions) => call<T>("POST", path, body, options),
  put: <T = void>(path: string, body?: unknown, options?: CallOptions) => call<T>("PUT", path, body, options),
  patch: <T>(path: string, body: unknown, options?: CallOptions) => call<T>("PATCH", path, body, options),
  delete: <T = void>(path: string, body?: unknown, options?: CallOptions) => call<T>("DELETE", path, body, options),
};

// A session that was ended elsewhere shows first in a stream that is not let in: the screen goes with it.
whenRefused(() => void api.get("/me").catch(() => {}));

export const meQuery = {
  queryKey: ["me"],
  queryFn: async () => {
    const me = await api.get<Me>("/me");
    csrf = me.csrf_token;
    return me;
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  retry: false,
};

export function useMe(): Me | undefined {
  return useQuery(meQuery).data;
}

export function setMe(client: QueryClient, me: Me) {
  if (me.csrf_token) csrf = me.csrf_token;
  client.setQueryData<Me>(["me"], (old) => ({ ...me, csrf_token: csrf, cursor: old?.cursor ?? me.cursor }));
}

/** Starts over as the person who has just signed in. */
export function startSession(client: QueryClient, session: Session) {
  stopEvents();
  csrf = session.csrf_token;
  client.clear();
  client.setQueryData(["me"], session.me);
}

export async function signOut(client: QueryClient) {
  await api.post("/auth/sign-out");
  stopEvents();
  csrf = "";
  client.clear();
}

export function useSavePreferences() {
  const client = useQueryClient();
  return useCallback(
    (patch: Record<string, unknown>) => {
      const me = client.getQueryData<Me>(["me"]);
      if (!me) return;
      const preferences = { ...me.preferences, ...patch };
      client.setQueryData<Me>(["me"], { ...me, preferences });
      // A lost preference is set again with one click; it is not worth a message.
      api.patch<Me>("/me", { preferences }).catch(() => {});
    },
    [client],
  );
}
