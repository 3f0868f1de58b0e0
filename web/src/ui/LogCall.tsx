import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, Contact, Conversation, Descriptor, Page } from "@/api/types";
import { localMinute, secondsOf } from "@/lib/calls";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Banner } from "./Banner";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { AreaField, ChoiceField, TextField } from "./form";
import { toast } from "./toast";

const ENDS = { inbound: ["answered", "missed", "voicemail", "busy", "cancelled"], outbound: ["answered", "no_answer", "voicemail", "busy", "cancelled", "failed"] } as const;
type Direction = keyof typeof ENDS;

interface Props {
  onClose: () => void;
  /** Where the record stands; without it the person's places are offered. */
  conversationId?: string;
  contactId?: string | null;
}

/** Writes down a call that was made elsewhere. */
export default function LogCall({ onClose, conversationId, contactId }: Props) {
  const { t } = useTranslation(["calls", "common"]);
  const queries = useQueryClient();
  const submit = useSubmit();
  const contact = useQuery({ queryKey: ["contact", contactId], queryFn: () => api.get<Contact>(`/contacts/${contactId}`), enabled: !!contactId });
  const phones = contact.data?.handles.filter((h) => h.kind === "phone").map((h) => h.value) ?? [];
  const places = usePlaces(conversationId ? undefined : contactId);
  const post = usePostOnce();
  const [place, setPlace] = useState<string | null>(null);
  const [direction, setDirection] = useState<Direction>("inbound");
  const [outcome, setOutcome] = useState<string>("answered");
  const [at, setAt] = useState(() => localMinute(new Date()));
  const [lasted, setLasted] = useState("");
  const [given, setNumber] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const number = given ?? phones[0] ?? "";
  const where = place ?? places.list?.[0]?.value ?? "";
  const spoke = outcome === "answered" || outcome === "voicemail";
  const nowhere = !conversationId && places.list?.length === 0;

  const save = async () => {
    await post("/calls", {
      ...(conversationId ? { conversation_id: conversationId } : where.startsWith("cnv_") ? { conversation_id: where } : { channel_id: where, contact_id: contactId }),
      number: number.trim() || undefined,
      direction,
      outcome,
      started_at: new Date(at).toISOString(),
      seconds: spoke && lasted.trim() ? secondsOf(lasted) : undefined,
      note: note.trim() || undefined,
    });
    for (const stale of ["contact", "contacts", "contact-conversations"]) void queries.invalidateQueries({ queryKey: [stale] });
    toast(t("saved"));
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("log")}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          const when = new Date(at);
          void submit.run(save, {
            started_at: (Number.isNaN(when.getTime()) || when.getTime() > Date.now() + 120_000) && t("atWrong"),
            seconds: spoke && !!lasted.trim() && secondsOf(lasted) === undefined && t("lastedWrong"),
          });
        }}
      >
        {submit.problem && <Banner tone="bad">{submit.problem.detail || t("failed")}</Banner>}
        {places.failed && (
          <Banner
            tone="bad"
            action={
              <Button size="sm" onClick={places.failed.again}>
                {t("common:tryAgain")}
              </Button>
            }
          >
            {t("placesFailed")}
          </Banner>
        )}
        {nowhere && <p className="rounded-md bg-warn-soft p-3 text-sm">{t("nowhere")}</p>}
        {places.list && places.list.length > 0 && <ChoiceField label={t("logIn")} value={where} onChange={setPlace} options={places.list} error={submit.errors.channel_id} />}
        <div className="grid grid-cols-2 gap-3 max-[479px]:grid-cols-1">
          <ChoiceField
            label={t("direction")}
            value={direction}
            onChange={(v) => {
              const next = v as Direction;
              setDirection(next);
              if (!(ENDS[next] as readonly string[]).includes(outcome)) setOutcome(next === "inbound" ? "missed" : "no_answer");
            }}
            options={(Object.keys(ENDS) as Direction[]).map((value) => ({ value, label: t(`directions.${value}`) }))}
          />
          <ChoiceField
            label={t("outcome")}
            value={outcome}
            onChange={setOutcome}
            options={ENDS[direction].map((value) => ({ value, label: t(`outcomes.${value}`) }))}
            error={submit.errors.outcome}
          />
          <TextField
            label={t("at")}
            type="datetime-local"
            value={at}
            max={localMinute(new Date())}
            onChange={(v) => {
              setAt(v);
              submit.clear("started_at");
            }}
            error={submit.errors.started_at}
          />
          {spoke && (
            <TextField
              label={t("lasted")}
              optional
              inputMode="numeric"
              placeholder="3:12"
              autoComplete="off"
              value={lasted}
              onChange={(v) => {
                setLasted(v);
                submit.clear("seconds");
              }}
              hint={t("lastedHint")}
              error={submit.errors.seconds}
            />
          )}
        </div>
        <TextField
          label={t("number")}
          type="tel"
          optional={!!conversationId || where.startsWith("cnv_")}
          autoComplete="off"
          list="log-call-numbers"
          value={number}
          onChange={(v) => {
            setNumber(v);
            submit.clear("number");
          }}
          error={submit.errors.number}
        />
        <datalist id="log-call-numbers">
          {phones.map((p) => (
            <option key={p} value={p} />
          ))}
        </datalist>
        <AreaField label={t("note")} optional rows={4} placeholder={t("notePlaceholder")} value={note} onChange={setNote} maxLength={20_000} error={submit.errors.note} />
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy} disabled={nowhere || (!conversationId && !places.list)}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Channels that hold calls, then the person's own conversations; undefined while they are fetched. */
function usePlaces(contactId: string | null | undefined): { list?: { value: string; label: string }[]; failed?: { again: () => void } } {
  const on = !!contactId;
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels"), enabled: on });
  const types = useQuery({ queryKey: ["channel-types"], queryFn: () => api.get<{ data: Descriptor[] }>("/channel-types"), enabled: on, staleTime: Number.POSITIVE_INFINITY });
  const theirs = useQuery({ queryKey: ["log-call", contactId], queryFn: () => api.get<Page<Conversation>>(`/contacts/${contactId}/conversations?limit=10`), enabled: on });
  if (!channels.data || !types.data || !theirs.data) {
    const broken = [channels, types, theirs].filter((q) => q.isError);
    return broken.length ? { failed: { again: () => broken.forEach((q) => void q.refetch()) } } : {};
  }
  const holds = new Set(types.data.data.filter((d) => d.capabilities.calls).map((d) => d.id));
  const held = channels.data.data.filter((c) => holds.has(c.provider));
  return {
    list: [
      ...held.map((c) => ({ value: c.id, label: c.name })),
      ...theirs.data.data.filter((c) => !held.some((h) => h.id === c.channel_id)).map((c) => ({ value: c.id, label: `#${c.number} ${c.subject || c.channel_name}` })),
    ],
  };
}
