import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/client";

/** Trying again helps against a lost connection or a tired server, never against a refusal. */
const worthAnother = (count: number, error: Error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500);

export const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: worthAnother, staleTime: 10_000, gcTime: 10 * 60_000, refetchOnWindowFocus: false },
    mutations: { retry: false },
  },
});
