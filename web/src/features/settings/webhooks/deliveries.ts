import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Page, WebhookDelivery } from "@/api/types";

type Deliveries = InfiniteData<Page<WebhookDelivery>, string>;

/** The list with its newest rows as they are now; null where more has come than fits, so that what lies between would be missing. */
export function withNewest(list: Deliveries, newest: Page<WebhookDelivery>): Deliveries | null {
  const [first, ...others] = list.pages;
  if (!first) return null;
  const now = new Map(newest.data.map((d) => [d.id, d]));
  const known = new Set(list.pages.flatMap((p) => p.data.map((d) => d.id)));
  if (newest.next_cursor && !newest.data.some((d) => known.has(d.id))) return null;
  const refreshed = (page: Page<WebhookDelivery>) => ({ ...page, data: page.data.map((d) => now.get(d.id) ?? d) });
  const come = newest.data.filter((d) => !known.has(d.id));
  const head = refreshed(first);
  return { ...list, pages: [{ ...head, data: [...come, ...head.data] }, ...others.map(refreshed)] };
}

/** What was told, newest first. The newest are looked up every few seconds, older pages that were opened once a minute. */
export function useDeliveries(webhook: string, q: string) {
  const client = useQueryClient();
  const queryKey = ["webhook-deliveries", webhook, q];
  const page = (cursor: string) => api.get<Page<WebhookDelivery>>(`/webhook-subscriptions/${webhook}/deliveries?limit=25&${q}${cursor ? `&cursor=${cursor}` : ""}`);
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => page(pageParam),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: 60_000,
  });
  useQuery({
    queryKey: ["webhook-deliveries-newest", webhook, q],
    queryFn: async () => {
      const newest = await page("");
      const now = client.getQueryData<Deliveries>(queryKey);
      const next = now && withNewest(now, newest);
      if (next) client.setQueryData<Deliveries>(queryKey, next);
      else if (now) void client.invalidateQueries({ queryKey });
      return newest.data.length;
    },
    enabled: list.isSuccess,
    initialData: 0,
    initialDataUpdatedAt: () => Date.now(),
    staleTime: 5_000,
    refetchInterval: 5_000,
  });
  return list;
}
