import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Channel, Descriptor, Page } from "@/api/types";

export const useDescriptors = () =>
  useQuery({ queryKey: ["channel-types"], queryFn: () => api.get<{ data: Descriptor[] }>("/channel-types"), select: (d) => d.data, staleTime: Number.POSITIVE_INFINITY });

export const useChannels = () => useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels"), select: (d) => d.data });

export const useChannel = (id: string) => useQuery({ queryKey: ["channel", id], queryFn: () => api.get<Channel>(`/channels/${id}`) });
