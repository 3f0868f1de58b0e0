import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, MessagesSquare, MoreHorizontal, PhoneCall, Plus, UserRoundSearch, X } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useEvents, useMe } from "@/api/client";
import type { Channel, Contact, Conversation, Handle, Page } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { membersQuery } from "@/lib/all-pages";
import { ago, date } from "@/lib/dates";
import { useSubmit } from "@/lib/submit";
import { Avatar, Button, CallLink, ChannelDisc, Dialog, EmptyState, ErrorState, IconButton, Menu, toast } from "@/ui";
import { MayBeSame } from "@/ui/MayBeSame";
import { useAttributes } from "@/lib/attributes";
import { AttributeFields } from "@/ui/AttributeFields";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ChoiceField, TextField } from "@/ui/form";
import { HandleKind, kindName } from "./handles";
import { InlineField } from "./InlineField";

const LogCall = lazy(() => import("@/ui/LogCall"));

export function ContactPage({ id }: { id: string }) {
  const { t } = useTranslation("contacts");
  const queries = useQueryClient();
  const contact = useQuery({ queryKey: ["contact", id], queryFn: () => api.get<Contact>(`/contacts/${id}`) });
  const gone = contact.error instanceof ApiError && contact.error.status === 404;
  const name = contact.data?.name;

  useEffect(() => {
    document.title = `${name ?? t("contact")} · Switchboard`;
  }, [name, t]);
  useEvents((frame) => {
    if (frame.type === "event" && frame.contact_id === id && /^contact\./.test(frame.kind)) void queries.invalidateQueries({ queryKey: ["contact", id] });
  });

  return (
    <div className="scroll h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-[1080px] px-8 py-6 max-md:px-4 max-md:py-4">
        <Link to="/contacts" className="mb-4 -ms-1 flex h-8 w-fit items-center gap-1.5 rounded-sm px-1 text-sm text-ink-3 hover:text-ink max-md:h-11">
          <ArrowLeft className="size-4" aria-hidden />
          {t("title")}
        </Link>
        {!contact.data && <h1 className="sr-only">{t("contact")}</h1>}
        {contact.isError ? (
          gone ? (
            <EmptyState icon={UserRoundSearch} text={t("gone")} />
          ) : (
            <ErrorState title={t("contactFailed")} error={contact.error} onRetry={() => void contact.refetch()} />
          )
        ) : contact.data ? (
          <Body contact={contact.data} />
        ) : (
          <div role="status" aria-label={t("loading")} className="flex items-center gap-4">
            <div className="skel size-14 rounded-full" />
            <div className="flex-1">
              <div className="skel mb-2 h-5 w-56 max-w-full" />
              <div className="skel h-3.5 w-40" />
            </div>
          </div>
        )}
      </div>
    </div>
  );
}

function Body({ contact }: { contact: Contact }) {
  const { t } = useTranslation("contacts");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const keep = (next: Contact) => {
    queries.setQueryData(["contact", contact.id], next);
    void queries.invalidateQueries({ queryKey: ["contacts"] });
  };
  const defined = useAttributes("contact").data ?? [];
  const save = (field: string) => async (value: string) => keep(await api.patch<Contact>(`/contacts/${contact.id}`, { [field]: value }));
  return (
    <>
      <Header contact={contact} />
      {contact.review && <Review contact={contact} onDone={keep} />}
      <MayBeSame contact={contact} className="mb-6" onJoined={(stays) => stays !== contact.id && void navigate({ to: "/contacts/$id", params: { id: stays } })} />
      <div className="grid grid-cols-[300px_minmax(0,1fr)] gap-10 max-lg:grid-cols-1 max-lg:gap-6">
        <aside aria-label={t("details")} className="min-w-0">
          <InlineField label={t("name")} value={contact.name} required onSave={save("name")} />
          <InlineField label={t("jobTitle")} value={contact.title ?? ""} onSave={save("title")} />
          <InlineField label={t("company")} value={contact.company_name ?? ""} onSave={save("company_name")} />
          <InlineField label={t("location")} value={contact.location ?? ""} onSave={save("location")} />
          <InlineField label={t("language")} value={contact.language ?? ""} maxLength={12} onSave={save("language")} />
          <InlineField label={t("notes")} value={contact.notes ?? ""} multiline maxLength={10_000} onSave={save("notes")} />
          <AttributeFields
            definitions={defined}
            values={contact.custom_attributes}
            onSave={async (key, value) => keep(await api.patch<Contact>(`/contacts/${contact.id}`, { custom_attributes: { [key]: value } }))}
          />
          {Object.entries(contact.custom_attributes)
            .filter(([k]) => !defined.some((d) => d.key === k))
            .map(([k, v]) => (
              <div key={k} className="py-2">
                <div className="text-xs text-ink-3">{k.replaceAll("_", " ")}</div>
                <div className="text-sm [overflow-wrap:anywhere]">{typeof v === "string" ? v : JSON.stringify(v)}</div>
              </div>
            ))}
          <Handles contact={contact} />
        </aside>
        <Conversations id={contact.id} />
      </div>
    </>
  );
}

function Header({ contact }: { contact: Contact }) {
  const { t } = useTranslation(["contacts", "calls"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const permissions = useMe()?.permissions;
  const mayDelete = permissions?.includes("contacts.delete");
  const [logging, setLogging] = useState(false);
  const [asking, setAsking] = useState(false);
  return (
    <header className="mb-6 flex items-center gap-4">
      <Avatar name={contact.name} id={contact.id} hue={contact.avatar_hue} size={56} />
      <div className="min-w-0 flex-1">
        <h1 className="text-lg font-semibold tracking-[-0.015em] [overflow-wrap:anywhere]">{contact.name}</h1>
        <p className="truncate text-sm text-ink-3">{[contact.title, contact.company_name].filter(Boolean).join(", ")}</p>
      </div>
      {permissions?.includes("conversations.write") && (
        <Button onClick={() => setLogging(true)}>
          <PhoneCall aria-hidden /> <span className="max-md:sr-only">{t("calls:log")}</span>
        </Button>
      )}
      <Suspense>{logging && <LogCall contactId={contact.id} onClose={() => setLogging(false)} />}</Suspense>
      {mayDelete && (
        <Menu.Root>
          <Menu.Trigger asChild>
            <IconButton label={t("more")}>
              <MoreHorizontal aria-hidden />
            </IconButton>
          </Menu.Trigger>
          <Menu.Content align="end">
            <Menu.Item danger onSelect={() => setAsking(true)}>
              {t("delete")}
            </Menu.Item>
          </Menu.Content>
        </Menu.Root>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("deleteTitle", { name: contact.name })}
        text={t("deleteText")}
        confirm={t("delete")}
        danger
        onConfirm={async () => {
          await api.delete(`/contacts/${contact.id}`);
          void queries.invalidateQueries({ queryKey: ["contacts"] });
          toast(t("deleted", { name: contact.name }));
          void navigate({ to: "/contacts" });
        }}
      />
    </header>
  );
}

function Review({ contact, onDone }: { contact: Contact; onDone: (c: Contact) => void }) {
  const { t } = useTranslation("contacts");
  const done = useMutation({
    mutationFn: () => api.post<Contact>(`/contacts/${contact.id}/reviewed`, {}),
    onSuccess: (c) => onDone(c ?? { ...contact, review: false }),
    onError: () => toast.error(t("saveFailed")),
  });
  return (
    <section aria-label={t("review")} className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-warn/30 bg-warn-soft p-4">
      <UserRoundSearch className="size-5 shrink-0 text-warn" aria-hidden />
      <div className="min-w-60 flex-1">
        <h2 className="text-sm font-semibold">{t("reviewTitle")}</h2>
        <p className="mt-0.5 text-sm text-ink-2">{t("reviewText")}</p>
      </div>
      <Button onClick={() => done.mutate()} loading={done.isPending}>
        {t("reviewDone")}
      </Button>
    </section>
  );
}

function Handles({ contact }: { contact: Contact }) {
  const { t, i18n } = useTranslation("contacts");
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Handle | null>(null);
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels") });
  const members = useQuery(membersQuery);
  // Where an address came from, by name: a source is "channel:chn_…", "member:mem_…" or words.
  const source = (h: Handle) => {
    const id = /\b(?:chn|mem)_\w+/.exec(h.source ?? "")?.[0];
    if (!id) return h.source;
    return channels.data?.data.find((c) => c.id === id)?.name ?? members.data?.data.find((m) => m.id === id)?.name;
  };
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: ["contact", contact.id] }), queries.invalidateQueries({ queryKey: ["contacts"] })]);
  return (
    <section className="mt-5 border-t border-line pt-4">
      <header className="mb-1 flex items-center">
        <h2 className="flex-1 text-sm font-semibold">{t("reachable")}</h2>
        <IconButton label={t("addHandle")} onClick={() => setAdding(true)}>
          <Plus aria-hidden />
        </IconButton>
      </header>
      {contact.handles.length === 0 && <p className="text-sm text-ink-3">{t("noHandles")}</p>}
      <ul>
        {contact.handles.map((h) => (
          <li key={h.id} className="group flex items-start gap-2.5 py-1.5">
            <span className="mt-0.5" title={kindName(h.kind, t)}>
              <HandleKind kind={h.kind} />
            </span>
            <div className="min-w-0 flex-1">
              <div className="text-sm [overflow-wrap:anywhere]">
                <span className="sr-only">{kindName(h.kind, t)}: </span>
                {h.kind === "phone" ? <CallLink number={h.value} /> : h.value}
              </div>
              <div className="text-xs text-ink-3 [overflow-wrap:anywhere]">
                <span className={h.evidence === "verified" ? "text-good" : ""}>{t(`evidence.${h.evidence}`)}</span>
                {source(h) && ` · ${source(h)}`}
                {h.last_seen_at && ` · ${t("seen", { date: date(h.last_seen_at, i18n.language) })}`}
              </div>
            </div>
            <IconButton label={t("removeHandle", { value: h.value })} size="sm" onClick={() => setRemoving(h)}>
              <X aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      {adding && <AddHandle contact={contact} onClose={() => setAdding(false)} onDone={refresh} />}
      <ConfirmDialog
        open={!!removing}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("removeHandle", { value: removing?.value })}
        text={t("removeHandleText")}
        confirm={t("remove")}
        danger
        onConfirm={async () => {
          if (!removing) return;
          await api.delete(`/contacts/${contact.id}/handles/${removing.id}`);
          await refresh();
        }}
      />
    </section>
  );
}

function AddHandle({ contact, onClose, onDone }: { contact: Contact; onClose: () => void; onDone: () => Promise<unknown> }) {
  const { t } = useTranslation("contacts");
  const [kind, setKind] = useState("email");
  const [value, setValue] = useState("");
  const submit = useSubmit();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("addHandle")}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(
            async () => {
              await api.post(`/contacts/${contact.id}/handles`, { kind, value: value.trim() });
              await onDone();
              onClose();
            },
            { value: !value.trim() && t("required") },
          );
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail.replace(/\s*\(con_[^)]+\)/, "") || t("saveFailed")}</Problem>}
        <ChoiceField
          label={t("handleKind")}
          value={kind}
          onChange={setKind}
          options={[
            { value: "email", label: t("kind.email") },
            { value: "phone", label: t("kind.phone") },
          ]}
          error={submit.errors.kind}
        />
        <TextField
          label={kind === "email" ? t("kind.email") : t("kind.phone")}
          autoFocus
          type={kind === "email" ? "email" : "tel"}
          autoComplete="off"
          value={value}
          onChange={(v) => {
            setValue(v);
            submit.clear("value");
          }}
          error={submit.errors.value}
        />
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy}>
            {t("addButton")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Conversations({ id }: { id: string }) {
  const { t, i18n } = useTranslation("contacts");
  const list = useInfiniteQuery({
    queryKey: ["contact-conversations", id],
    queryFn: ({ pageParam }) => api.get<Page<Conversation>>(`/contacts/${id}/conversations?limit=25${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  return (
    <section className="min-w-0">
      <h2 className="mb-2 text-md font-semibold">{t("conversations")}</h2>
      {list.isError ? (
        <ErrorState title={t("conversationsFailed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <div role="status" aria-label={t("loading")}>
          {[1, 2, 3].map((n) => (
            <div key={n} className="skel mb-2 h-14 rounded-md" />
          ))}
        </div>
      ) : rows.length === 0 ? (
        <EmptyState icon={MessagesSquare} text={t("noConversations")} />
      ) : (
        <>
          <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
            {rows.map((c) => (
              <li key={c.id}>
                <Link to="/inbox/$id" params={{ id: c.id }} className="flex items-center gap-3 px-4 py-3 hover:bg-hover focus-visible:-outline-offset-2">
                  <ChannelDisc channel={c.channel} size={20} />
                  <span className="min-w-0 flex-1">
                    <span className={`block truncate text-sm ${c.unread_count ? "font-semibold" : ""}`}>{c.subject || c.channel_name}</span>
                    <span className="block truncate text-xs text-ink-3">{c.last_message_preview}</span>
                  </span>
                  <span className="shrink-0 text-end text-xs text-ink-3">
                    <span className="block">{t(`status.${c.status}`, { defaultValue: c.status })}</span>
                    <span className="block tabular-nums">{ago(c.last_message_at ?? c.created_at, i18n.language)}</span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
          {list.hasNextPage && (
            <Button className="mt-3" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
              {t("moreConversations")}
            </Button>
          )}
        </>
      )}
    </section>
  );
}
