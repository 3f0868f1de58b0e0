import { Link } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { AtSign, ExternalLink, Phone, UserCheck, X } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Contact } from "@/api/types";
import { InlineField } from "@/features/contacts/InlineField";
import { useChannels, useContact, useContactConversations, useConversation, useTeams } from "@/features/inbox/data";
import { useShaping } from "@/features/inbox/shaping/use-shaping";
import { Avatar, Button, CallLink, ChannelDisc, ErrorState, IconButton, toast } from "@/ui";
import { MayBeSame } from "@/ui/MayBeSame";
import { TeamBadge } from "@/ui/TeamBadge";
import { AttributeFields } from "@/ui/AttributeFields";
import { useAttributes } from "@/lib/attributes";
import { ConversationAttributes } from "./Attributes";
import { Followers } from "./Followers";
import { secureLink } from "./link";
import { TagsEditor } from "./TagsEditor";

/** The person behind a conversation, and the facts of the conversation itself. */
export function Details({ id, onClose }: { id: string; onClose?: () => void }) {
  const { t, i18n } = useTranslation(["details", "shaping"]);
  const shaping = useShaping();
  const client = useQueryClient();
  const { data: detail, isError } = useConversation(id);
  const query = useContact(detail?.contact_id);
  const earlier = useContactConversations(detail?.contact_id);
  const channels = useChannels();
  const ofContact = useAttributes("contact").data ?? [];
  const team = useTeams().find((g) => g.id === detail?.team_id);
  if (!detail && isError) return null;
  if (!detail)
    return (
      <div aria-hidden className="space-y-3 p-5">
        <div className="skel h-14 w-14" />
        <div className="skel h-4 w-2/3" />
        <div className="skel h-24" />
      </div>
    );
  const contact = query.data;
  const save = async (patch: Partial<Contact>) => {
    client.setQueryData(["contact", detail.contact_id], await api.patch<Contact>(`/contacts/${detail.contact_id}`, patch));
    // The name stands in lists and above conversations too.
    for (const key of ["conversations", "conversation", "contacts"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const review = async () => {
    try {
      client.setQueryData(["contact", detail.contact_id], await api.post<Contact>(`/contacts/${detail.contact_id}/reviewed`));
    } catch {
      toast.error(t("failed"));
    }
  };
  const date = (iso: string) => new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", year: "numeric" }).format(new Date(iso));
  const others = (earlier.data?.data ?? []).filter((c) => c.id !== id);
  const page = typeof detail.metadata.page_url === "string" ? detail.metadata.page_url : null;
  const link = secureLink(page);
  return (
    <div className="relative flex flex-col text-sm">
      {onClose && (
        <IconButton label={t("close")} onClick={onClose} className="absolute end-2 top-2">
          <X aria-hidden />
        </IconButton>
      )}
      {query.isError ? (
        <ErrorState title={t("personFailed")} error={query.error} onRetry={() => void query.refetch()} />
      ) : !contact ? (
        <p className={`p-5 text-ink-3 ${onClose ? "pe-12" : ""}`}>{detail.contact_id ? "…" : t("noPerson")}</p>
      ) : (
        <>
          <section className={`flex items-center gap-3.5 p-5 ${onClose ? "pe-12" : ""}`}>
            <Avatar name={contact.name} id={contact.id} size={52} />
            <div className="min-w-0">
              <h2 className="truncate text-lg font-semibold">
                <Link to="/contacts/$id" params={{ id: contact.id }} className="hover:underline">
                  {contact.name}
                </Link>
              </h2>
              <p className="truncate text-ink-3">{[contact.title, contact.company_name].filter(Boolean).join(", ")}</p>
            </div>
          </section>
          {contact.review && (
            <div className="mx-5 mb-4 rounded-lg border border-line bg-subtle p-3">
              <p className="mb-2 text-xs text-ink-2">{t("review")}</p>
              <Button size="sm" onClick={() => void review()}>
                <UserCheck /> {t("reviewed")}
              </Button>
            </div>
          )}
          {contact.handles.some((h) => h.evidence === "claimed") && <MayBeSame contact={contact} className="mx-5 mb-4" />}
          <Section title={t("reachable")}>
            <ul className="flex flex-col gap-2">
              {contact.handles.map((h) => {
                const channel = channels.find((c) => c.id === h.scope);
                return (
                  <li key={h.id} className="flex items-center gap-2.5">
                    <span className="grid size-5 shrink-0 place-items-center text-ink-3">
                      {h.kind === "email" ? (
                        <AtSign className="size-4" aria-hidden />
                      ) : h.kind === "phone" ? (
                        <Phone className="size-4" aria-hidden />
                      ) : (
                        <ChannelDisc channel={channel?.channel ?? h.kind} provider={h.kind} size={18} />
                      )}
                    </span>
                    <span className="min-w-0 flex-1 truncate" title={h.value}>
                      {h.scope ? (channel?.name ?? h.kind) : h.kind === "phone" ? <CallLink number={h.value} channelId={detail.channel_id} /> : h.value}
                    </span>
                    <span className="shrink-0 text-2xs text-ink-3">{t(`evidence.${h.evidence}`)}</span>
                  </li>
                );
              })}
            </ul>
          </Section>
          <Section title={t("about")}>
            <InlineField label={t("name")} value={contact.name} required onSave={(name) => save({ name })} />
            <InlineField label={t("jobTitle")} value={contact.title ?? ""} onSave={(title) => save({ title })} />
            <InlineField label={t("company")} value={contact.company_name ?? ""} onSave={(company_name) => save({ company_name })} />
            <InlineField label={t("notes")} value={contact.notes ?? ""} multiline maxLength={4000} onSave={(notes) => save({ notes })} />
            <AttributeFields definitions={ofContact} values={contact.custom_attributes} onSave={(key, value) => save({ custom_attributes: { [key]: value } })} />
          </Section>
        </>
      )}
      <ConversationAttributes conversation={detail} />
      <Section title={t("tags")}>
        <TagsEditor id={id} tags={detail.tags} />
      </Section>
      <Section title={t("shaping:follow.title")}>
        <Followers id={id} followers={detail.followers ?? []} />
      </Section>
      <Section title={t("facts")}>
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-xs">
          <dt className="text-ink-3">{t("number")}</dt>
          <dd>#{detail.number}</dd>
          <dt className="text-ink-3">{t("channel")}</dt>
          <dd className="truncate">{detail.channel_name}</dd>
          {team && <dt className="text-ink-3">{t("team")}</dt>}
          {team && (
            <dd className="flex min-w-0 items-center gap-1.5">
              <TeamBadge hue={team.hue} icon={team.icon} size={16} />
              <span className="truncate">{team.name}</span>
            </dd>
          )}
          <dt className="text-ink-3">{t("began")}</dt>
          <dd>{date(detail.created_at)}</dd>
          {(detail.merged ?? []).map((m) => (
            <Fragment key={m.id}>
              <dt className="text-ink-3">{t("shaping:merge.into")}</dt>
              <dd className="flex items-center gap-2">
                #{m.source_number}
                <button
                  type="button"
                  aria-label={t("shaping:merge.backOne", { number: m.source_number })}
                  className="text-accent-ink underline underline-offset-2"
                  onClick={() => void shaping.unmerge([m])}
                >
                  {t("shaping:merge.back")}
                </button>
              </dd>
            </Fragment>
          ))}
          {page && <dt className="text-ink-3">{t("page")}</dt>}
          {page && (
            <dd className="truncate" title={page}>
              {link ? (
                <a href={link} target="_blank" rel="noopener noreferrer" className="inline-flex max-w-full items-center gap-1 text-accent-ink underline underline-offset-2">
                  <span className="truncate">{page}</span>
                  <ExternalLink className="size-3 shrink-0" aria-hidden />
                </a>
              ) : (
                page
              )}
            </dd>
          )}
        </dl>
      </Section>
      {others.length > 0 && (
        <Section title={t("earlier")}>
          <ul className="flex flex-col">
            {others.map((c) => (
              <li key={c.id}>
                <Link to="/inbox/$id" params={{ id: c.id }} onClick={onClose} className="-mx-2 flex items-center gap-2.5 rounded-sm px-2 py-1.5 hover:bg-hover">
                  <ChannelDisc channel={c.channel} provider={c.provider} size={18} />
                  <span className="min-w-0 flex-1 truncate">{c.subject || c.last_message_preview || `#${c.number}`}</span>
                  <time dateTime={c.last_message_at} className="shrink-0 text-2xs text-ink-3">
                    {date(c.last_message_at)}
                  </time>
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-line px-5 py-4">
      <h3 className="mb-2.5 text-xs font-semibold text-ink-2">{title}</h3>
      {children}
    </section>
  );
}
