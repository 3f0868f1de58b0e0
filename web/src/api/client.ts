import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { connect, onFrame } from "./events";
import type { EventFrame, Workspace } from "./types";

export interface Me {
  account: { id: string; name: string; email: string };
  member_id: string;
  role: "admin" | "agent";
  permissions: string[];
  workspace: Workspace;
  csrf_token: string;
  cursor: string;
  preferences: Record<string, unknown>;
}
export interface Session {
  me: Me;
  csrf_token: string;
}

interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  fields: { field: string; code: string; detail: string }[];
  request_id: string | null;
}

/** What the server refused, in its own words; status 0 means that it was not reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: Problem["fields"];
  readonly requestId: string | null;
  readonly body: Problem;
  constructor(p: Problem) {
    super(p.detail || p.code);
    this.status = p.status;
    this.code = p.code;
    this.detail = p.detail;
    this.fields = p.fields ?? [];
    this.requestId = p.request_id;
    this.body = p;
  }
}

let csrf = "";
export const csrfToken = () => csrf;

interface Options {
  idempotencyKey?: string;
}

async function call<T>(method: string, path: string, body?: unknown, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET") headers["x-csrf-token"] = csrf;
  if (options.idempotencyKey) headers["idempotency-key"] = options.idempotencyKey;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new ApiError({ status: 0, code: "network", title: "", detail: "", fields: [], request_id: null });
  }
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json");
  const value = text && json ? JSON.parse(text) : undefined;
  if (!response.ok) {
    const problem = new ApiError({ detail: "", fields: [], request_id: null, code: "", title: "", ...value, status: response.status });
    if (response.status === 401 && problem.code !== "auth.wrong_credentials" && !PUBLIC.test(location.pathname)) signIn();
    throw problem;
  }
  return value as T;
}

const PUBLIC = /^\/(sign-in|setup|invitations)/;
function signIn() {
  const here = location.pathname + location.search;
  location.assign(`/sign-in${here === "/" ? "" : `?next=${encodeURIComponent(here)}`}`);
}

export const api = {
  get: <T>(path: string) => call<T>("GET", path),
  post: <T = void>(path: string, body?: unknown, options?: Options) => call<T>("POST", path, body, options),
  put: <T = void>(path: string, body?: unknown) => call<T>("PUT", path, body),
  patch: <T>(path: string, body: unknown) => call<T>("PATCH", path, body),
  delete: (path: string, body?: unknown) => call<void>("DELETE", path, body),
};

/** The signed-in person; asking for it also opens the live stream. */
export function useMe(): Me | undefined {
  const query = useQuery({
    queryKey: ["me"],
    queryFn: async () => {
      const me = await api.get<Me>("/me");
      csrf = me.csrf_token;
      return me;
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return query.data;
}

export function setMe(client: QueryClient, me: Me) {
  csrf = me.csrf_token;
  client.setQueryData(["me"], me);
}

export function startSession(client: QueryClient, session: Session) {
  csrf = session.csrf_token;
  client.clear();
  client.setQueryData(["me"], session.me);
}

export function useSavePreferences() {
  const client = useQueryClient();
  return useCallback(
    (patch: Record<string, unknown>) => {
      const me = client.getQueryData<Me>(["me"]);
      if (!me) return;
      const preferences = { ...me.preferences, ...patch };
      client.setQueryData(["me"], { ...me, preferences });
      void api.patch<Me>("/me", { preferences }).catch(() => client.invalidateQueries({ queryKey: ["me"] }));
    },
    [client],
  );
}

/** Hears the live stream of the signed-in person. */
export function useEvents(on: (frame: EventFrame) => void) {
  const latest = useRef(on);
  latest.current = on;
  const since = useMe()?.cursor;
  useEffect(() => {
    if (!since) return;
    connect(since);
    return onFrame((frame) => latest.current(frame));
  }, [since]);
}
