import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import type { EventFrame, Workspace } from "./types";
export interface Me { account: { id: string; name: string; email: string }; member_id: string; role: "admin" | "agent"; permissions: string[]; workspace: Workspace; csrf_token: string; cursor: string; preferences: Record<string, unknown> }
export interface Session { me: Me; csrf_token: string }
interface Problem { status: number; code: string; title: string; detail: string; fields: { field: string; code: string; detail: string }[]; request_id: string | null }
export class ApiError extends Error { status; code; detail; fields; requestId; body; constructor(p: Problem) { super(p.detail || p.code); this.status = p.status; this.code = p.code; this.detail = p.detail; this.fields = p.fields ?? []; this.requestId = p.request_id; this.body = p; } }
let csrf = "";
async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let r: Response; try { r = await fetch("/api/v1" + path, { method, headers: { ...(body !== undefined && { "content-type": "application/json" }), ...(method !== "GET" && { "x-csrf-token": csrf }) }, body: body === undefined ? undefined : JSON.stringify(body) }); } catch { throw new ApiError({ status: 0, code: "network", title: "", detail: "", fields: [], request_id: null }); }
  const t = await r.text(); const v = t ? JSON.parse(t) : undefined; if (!r.ok) throw new ApiError({ detail: "", fields: [], request_id: null, code: "", title: "", ...v, status: r.status }); return v as T;
}
export const api = { get: <T,>(p: string) => call<T>("GET", p), post: <T = void,>(p: string, b?: unknown) => call<T>("POST", p, b), patch: <T,>(p: string, b: unknown) => call<T>("PATCH", p, b), delete: (p: string) => call<void>("DELETE", p) };
export function useMe(): Me | undefined { const q = useQuery({ queryKey: ["me"], queryFn: async () => { const m = await api.get<Me>("/me"); csrf = m.csrf_token; return m; }, staleTime: 1e9, retry: false }); return q.data; }
export const setMe = (q: QueryClient, me: Me) => { csrf = me.csrf_token; q.setQueryData(["me"], me); };
export function startSession(q: QueryClient, s: Session) { csrf = s.csrf_token; q.clear(); q.setQueryData(["me"], s.me); }
export function useSavePreferences() { const q = useQueryClient(); return useCallback((p: Record<string, unknown>) => { const me = q.getQueryData<Me>(["me"]); if (!me) return; const preferences = { ...me.preferences, ...p }; q.setQueryData(["me"], { ...me, preferences }); void api.patch<Me>("/me", { preferences }); }, [q]); }
export function useEvents(on: (f: EventFrame) => void) { const l = useRef(on); l.current = on; const me = useMe(); const since = me?.cursor; useEffect(() => { if (!since) return; const s = new EventSource(`/api/v1/events?since=${since}`); s.onmessage = (e) => l.current(JSON.parse(e.data)); return () => s.close(); }, [since]); }
