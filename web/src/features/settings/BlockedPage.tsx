import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { AtSign, Ban, Globe, Phone, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Block, Page } from "@/api/types";
import { useChannels } from "@/features/inbox/data";
import { date } from "@/lib/dates";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { Button, ChannelDisc, EmptyState, ErrorState, toast } from "@/ui";
import { FormDialog } from "@/ui/FormDialog";
import { ChoiceField, TextField } from "@/ui/form";
import { Rows, RowsSkeleton, SettingsPage } from "./Page";

const ICONS = { email: AtSign, phone: Phone, email_domain: Globe } as const;
const iconOf = (kind: string) => (ICONS as Record<string, typeof AtSign | undefined>)[kind];

export function BlockedPage() {
  const { t, i18n } = useTranslation("shaping");
  const queries = useQueryClient();
  const channels = useChannels();
  const [adding, setAdding] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ["blocks"],
    queryFn: ({ pageParam }) => api.get<Page<Block>>(`/blocks?limit=100${pageParam ? `&cursor=${pageParam}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden />
      {t("block.new")}
    </Button>
  );
  const remove = async (b: Block) => {
    try {
      await api.delete(`/blocks/${b.id}`);
      toast(t("block.undone"));
    } catch {
      toast.error(t("failed"));
    }
    void queries.invalidateQueries({ queryKey: ["blocks"] });
    if (b.contact_id) void queries.invalidateQueries({ queryKey: ["contact", b.contact_id] });
  };
  return (
    <SettingsPage title={t("block.page")} lead={t("block.lead")} action={rows.length ? add : undefined}>
      {list.isError ? (
        <ErrorState title={t("block.listFailed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton />
      ) : rows.length === 0 ? (
        <EmptyState icon={Ban} text={t("block.empty")} action={add} />
      ) : (
        <Rows label={t("block.page")}>
          {rows.map((b) => {
            const Icon = iconOf(b.kind);
            const channel = channels.find((c) => c.id === b.scope);
            return (
              <li key={b.id} className="flex items-center gap-3 px-4 py-3">
                {Icon ? <Icon className="size-4 shrink-0 text-ink-3" aria-hidden /> : <ChannelDisc channel={channel?.channel ?? b.kind} provider={b.kind} size={18} />}
                <div className="min-w-0 flex-1">
                  <p className="truncate text-sm font-medium">
                    {Icon ? b.value : (b.contact_name ?? b.value)}
                    {Icon && b.contact_name && b.contact_id && (
                      <Link to="/contacts/$id" params={{ id: b.contact_id }} className="ms-2 font-normal text-ink-3 hover:underline">
                        {t("block.with", { name: b.contact_name })}
                      </Link>
                    )}
                  </p>
                  <p className="truncate text-xs text-ink-3">
                    {[channel?.name, b.blocked_by ? t("block.by", { name: b.blocked_by, date: date(b.created_at, i18n.language) }) : date(b.created_at, i18n.language)]
                      .filter(Boolean)
                      .join(" · ")}
                  </p>
                </div>
                <Button size="sm" variant="ghost" aria-label={t("block.removeOne", { value: b.contact_name ?? b.value })} onClick={() => void remove(b)}>
                  {t("block.unblock")}
                </Button>
              </li>
            );
          })}
        </Rows>
      )}
      {list.hasNextPage && (
        <Button className="mx-auto mt-4 flex" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
      {adding && <Add onClose={() => setAdding(false)} />}
    </SettingsPage>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("shaping");
  const queries = useQueryClient();
  const [kind, setKind] = useState<keyof typeof ICONS>("email");
  const [value, setValue] = useState("");
  const submit = useSubmit();
  const post = usePostOnce();
  return (
    <FormDialog
      title={t("block.new")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        await post("/blocks", { kind, value: value.trim() });
        await queries.invalidateQueries({ queryKey: ["blocks"] });
        toast(t("block.added"));
        onClose();
      }}
      check={{ value: !value.trim() && t("block.missing") }}
      save={t("block.do")}
      danger
    >
      <ChoiceField
        label={t("block.kind")}
        value={kind}
        onChange={(v) => setKind(v as keyof typeof ICONS)}
        options={(Object.keys(ICONS) as (keyof typeof ICONS)[]).map((k) => ({ value: k, label: t(`block.kinds.${k}`) }))}
      />
      <TextField
        label={t("block.value")}
        hint={t(`block.hint.${kind}`)}
        value={value}
        onChange={(v) => (setValue(v), submit.clear("value"))}
        error={submit.errors.value}
        autoFocus
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}
