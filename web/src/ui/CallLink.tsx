import { useQuery } from "@tanstack/react-query";
import { PhoneCall } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, Page } from "@/api/types";
import { callUrl } from "@/lib/calls";
import { cn } from "@/lib/cn";

/** A phone number that calls when pressed: by the address of the channel that has one, else by the computer's own program. */
export function CallLink({ number, channelId, className, icon }: { number: string; channelId?: string; className?: string; icon?: boolean }) {
  const { t } = useTranslation("calls");
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels"), staleTime: 300_000 }).data?.data ?? [];
  const usable = channels.filter((c) => c.call_url && c.status !== "inactive");
  const url = callUrl(number, (usable.find((c) => c.id === channelId) ?? usable[0])?.call_url);
  if (!url) return icon ? null : number;
  const page = /^https?:/i.test(url);
  return (
    <a
      href={url}
      target={page ? "_blank" : undefined}
      rel={page ? "noopener noreferrer" : undefined}
      aria-label={t("call", { number })}
      title={t("call", { number })}
      className={cn(
        icon
          ? "grid size-7 shrink-0 place-items-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink max-md:size-11 [&_svg]:size-4"
          : "text-accent-ink underline decoration-line-strong underline-offset-2 hover:decoration-current",
        className,
      )}
    >
      {icon ? <PhoneCall aria-hidden /> : <bdi dir="ltr">{number}</bdi>}
    </a>
  );
}
