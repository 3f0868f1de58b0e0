import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { allPages } from "@/lib/all-pages";
import type { Page, Webhook, WebhookEventKind } from "@/api/types";

export const useWebhooks = () => useQuery({ queryKey: ["webhooks"], queryFn: () => allPages<Webhook>("/webhook-subscriptions"), select: (d) => d.data });

export const useWebhook = (id: string) =>
  // How it fares changes without an event of its own.
  useQuery({ queryKey: ["webhook", id], queryFn: () => api.get<Webhook>(`/webhook-subscriptions/${id}`), refetchInterval: 5_000 });

export const useEventKinds = () =>
  useQuery({ queryKey: ["webhook-events"], queryFn: () => api.get<Page<WebhookEventKind>>("/webhook-events"), select: (d) => d.data, staleTime: Number.POSITIVE_INFINITY });
