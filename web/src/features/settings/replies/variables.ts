import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Page, Variable } from "@/api/types";

export const useVariables = (): Variable[] =>
  useQuery({ queryKey: ["variables"], queryFn: () => api.get<Page<Variable>>("/canned-replies/variables"), staleTime: Number.POSITIVE_INFINITY }).data?.data ?? none;
const none: never[] = [];

/** A text with examples in place of its variables, as the server would fill it. */
export function withExamples(text: string, variables: readonly Variable[]): string {
  return text.replace(/\{\{([^{}]*)\}\}/g, (whole, inner: string) => {
    const [name = "", ...fallback] = inner.split("|");
    const known = variables.find((v) => v.name === name.trim());
    return known?.example ?? (fallback.length ? fallback.join("|").trim() : whole);
  });
}
