import { PenSquare } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Channel, Contact, Descriptor, Page } from "@/api/types";
import { Button, Dialog, EmptyState, ErrorState } from "@/ui";
import { type NewConversationPrefill, useWish } from "../bus";
import { useMe } from "../data";
import { NewConversationForm } from "./NewConversationForm";
import type { Person } from "./PersonField";
import { kindOf, ways } from "./reach";

/** Stands in the shell, once; anything may ask for it. */
export function NewConversationDialog() {
  const { t } = useTranslation("newConversation");
  const [asked, setAsked] = useState<NewConversationPrefill | null>(null);
  useWish("newConversation", setAsked);
  return (
    <Dialog open={!!asked} onOpenChange={(open) => !open && setAsked(null)} title={t("title")} className="min-h-[min(460px,76vh)]">
      {asked && <Content asked={asked} close={() => setAsked(null)} />}
    </Dialog>
  );
}

function Content({ asked, close }: { asked: NewConversationPrefill; close: () => void }) {
  const { t } = useTranslation("newConversation");
  const me = useMe();
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels") });
  const types = useQuery({ queryKey: ["channel-types"], queryFn: () => api.get<{ data: Descriptor[] }>("/channel-types"), staleTime: Number.POSITIVE_INFINITY });
  const contact = useQuery({ queryKey: ["contact", asked.contact_id], queryFn: () => api.get<Contact>(`/contacts/${asked.contact_id}`), enabled: !!asked.contact_id });
  const failed = channels.error ?? types.error ?? contact.error;
  if (failed)
    return <ErrorState title={t("failed")} error={failed} onRetry={() => void Promise.all([channels.refetch(), types.refetch(), asked.contact_id && contact.refetch()])} />;
  if (!channels.data || !types.data || (asked.contact_id && !contact.data)) {
    return (
      <div role="status" aria-label={t("loading")} className="flex flex-col gap-4">
        {["h-9", "h-[38px]", "h-30"].map((height) => (
          <div key={height} className={`skel ${height}`} />
        ))}
      </div>
    );
  }
  const all = ways(channels.data.data, types.data.data);
  if (!all.length) {
    return (
      <EmptyState
        icon={PenSquare}
        text={t("none")}
        action={
          <Button asChild variant="primary" onClick={close}>
            <Link to="/settings/channels/new">{t("settings")}</Link>
          </Button>
        }
      />
    );
  }
  const kind = asked.address && kindOf(asked.address, [...new Set(all.map((a) => a.kind))]);
  const initial: Person | null = contact.data ?? (asked.address && kind ? { address: asked.address, kind } : null);
  const undo = me?.preferences.undo_seconds;
  return <NewConversationForm all={all} initial={initial} channelId={asked.channel_id} undoSeconds={typeof undo === "number" ? undo : 10} onDone={close} />;
}
