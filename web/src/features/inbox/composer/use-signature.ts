import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Signature } from "@/api/types";

export const useSignature = () => useQuery({ queryKey: ["signature"], queryFn: () => api.get<Signature>("/me/signature"), staleTime: 300_000 });

/** What stands below one's mails of a channel. */
export function signatureOn(s: Signature | undefined, channel: string): { html: string; text: string } | null {
  if (!s || s.off_channels.includes(channel)) return null;
  const words = s.channels.find((c) => c.channel_id === channel) ?? s;
  return words.html ? words : null;
}
