import { useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type { Descriptor } from "./types";

const none: Descriptor[] = [];

/** What every kind of channel says about itself; it changes only with a new version of the server. */
export function useDescriptors(): Descriptor[] {
  const types = useQuery({
    queryKey: ["channel-types"],
    queryFn: () => api.get<{ data: Descriptor[] }>("/channel-types"),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return types.data?.data ?? none;
}
