import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Contact, MayBe, Page } from "@/api/types";
import { Avatar } from "./Avatar";
import { Button } from "./Button";
import { toast } from "./toast";

/** Others with the same address or number. One press joins the unproved one with the other; the toast takes it back. */
export function MayBeSame({ contact, onJoined, className = "" }: { contact: Contact; onJoined?: (stays: string) => void; className?: string }) {
  const { t } = useTranslation("details");
  const client = useQueryClient();
  const [busy, setBusy] = useState<string | null>(null);
  const list = useQuery({ queryKey: ["duplicates", contact.id], queryFn: () => api.get<Page<MayBe>>(`/contacts/${contact.id}/duplicates`), staleTime: 30_000 });
  const others = list.data?.data ?? [];
  if (!others.length) return null;

  const renew = () =>
    Promise.all(["contact", "contacts", "duplicates", "contact-conversations", "conversation", "conversations"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  const failed = (e: unknown) => void toast.error((e instanceof ApiError && e.detail) || t("failed"));
  const join = async (other: MayBe) => {
    // Who only claims the address goes into the one who has it.
    const proved = contact.handles.some((h) => h.kind === other.kind && h.value === other.value && h.evidence !== "claimed");
    const [from, into] = proved ? [other.contact.id, contact.id] : [contact.id, other.contact.id];
    setBusy(other.contact.id);
    try {
      await api.post(`/contacts/${from}/join`, { into });
      await renew();
      onJoined?.(into);
      const undo = () => void api.delete(`/contacts/${from}/join`).then(renew, failed);
      toast(t("mayBe.joined", { name: proved ? contact.name : other.contact.name }), { action: { label: t("mayBe.undo"), onClick: undo } });
    } catch (e) {
      failed(e);
    } finally {
      setBusy(null);
    }
  };
  return (
    <section aria-label={t("mayBe.title")} className={`rounded-lg border border-line bg-subtle p-3 ${className}`}>
      <h3 className="flex items-center gap-1.5 text-xs font-semibold text-ink-2">
        <Users className="size-3.5" aria-hidden /> {t("mayBe.title")}
      </h3>
      <ul className="mt-2 flex flex-col gap-2.5">
        {others.map((o) => (
          <li key={o.contact.id} className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
            <Avatar name={o.contact.name} id={o.contact.id} size={24} />
            <span className="min-w-32 flex-1 text-sm [overflow-wrap:anywhere]">
              <Link to="/contacts/$id" params={{ id: o.contact.id }} className="font-medium hover:underline">
                {o.contact.name}
              </Link>
              <span className="block text-xs text-ink-3">{t(o.evidence === "claimed" ? "mayBe.claims" : "mayBe.has", { value: o.value })}</span>
            </span>
            <Button size="sm" loading={busy === o.contact.id} disabled={!!busy} onClick={() => void join(o)}>
              {t("mayBe.join")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
