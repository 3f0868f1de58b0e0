import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Template } from "@/api/types";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog, ErrorState, IconButton, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ChoiceField, AreaField, TextField } from "@/ui/form";
import { Rows, RowsSkeleton } from "./Page";

const TONE: Record<string, string> = { approved: "text-good", pending: "text-warn", rejected: "text-bad" };

/** Approved templates: fetched from the provider, made there, removed there. */
export function TemplatesPanel({ id }: { id: string }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const key = ["templates", id];
  const list = useQuery({ queryKey: key, queryFn: () => api.get<{ data: Template[] }>(`/channels/${id}/templates`) });
  const [making, setMaking] = useState(false);
  const [gone, setGone] = useState<Template | null>(null);
  const sync = useMutation({
    mutationFn: () => api.post<{ data: Template[] }>(`/channels/${id}/templates/sync`, {}),
    onSuccess: (now) => {
      queries.setQueryData(key, now);
      toast(t("templates.synced", { count: now.data.length }));
    },
    onError: (e) => toast.error((e instanceof ApiError && e.detail) || t("failed")),
  });
  return (
    <>
      <div className="mb-3 flex flex-wrap gap-2">
        <Button onClick={() => sync.mutate()} loading={sync.isPending}>
          <RefreshCw aria-hidden />
          {t("templates.sync")}
        </Button>
        <Button onClick={() => setMaking(true)}>
          <Plus aria-hidden />
          {t("templates.new")}
        </Button>
      </div>
      {list.isError ? (
        <ErrorState title={t("templates.failed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <RowsSkeleton />
      ) : list.data.data.length === 0 ? (
        <p className="text-sm text-ink-3">{t("templates.none")}</p>
      ) : (
        <Rows label={t("templates.title")}>
          {list.data.data.map((one) => (
            <li key={one.id} className="flex items-start gap-3 px-4 py-3">
              <div className="min-w-0 flex-1">
                <p className="text-sm font-medium [overflow-wrap:anywhere]">
                  {one.name} <span className="font-normal text-ink-3">{one.language}</span>
                </p>
                <p className="mt-0.5 line-clamp-3 text-sm whitespace-pre-wrap text-ink-2 [overflow-wrap:anywhere]">{one.body}</p>
                {one.reason && <p className="mt-1 text-xs text-bad">{one.reason}</p>}
              </div>
              <span className={`shrink-0 text-xs font-medium ${TONE[one.status] ?? "text-ink-3"}`}>{t(`templates.status.${one.status}`, { defaultValue: one.status })}</span>
              <IconButton size="sm" label={t("templates.removeNamed", { name: one.name })} onClick={() => setGone(one)}>
                <Trash2 aria-hidden />
              </IconButton>
            </li>
          ))}
        </Rows>
      )}
      <ConfirmDialog
        open={!!gone}
        onOpenChange={(open) => !open && setGone(null)}
        title={t("templates.removeAsk", { name: gone?.name })}
        text={t("templates.removeText")}
        confirm={t("templates.remove")}
        danger
        onConfirm={async () => {
          if (!gone) return;
          await api.delete(`/channels/${id}/templates/${encodeURIComponent(gone.id)}`);
          await queries.invalidateQueries({ queryKey: key });
        }}
      />
      <Dialog open={making} onOpenChange={setMaking} title={t("templates.new")}>
        {making && (
          <Make
            id={id}
            onDone={() => {
              setMaking(false);
              void queries.invalidateQueries({ queryKey: key });
            }}
          />
        )}
      </Dialog>
    </>
  );
}

function Make({ id, onDone }: { id: string; onDone: () => void }) {
  const { t } = useTranslation("settings");
  const [name, setName] = useState("");
  const [language, setLanguage] = useState("en");
  const [category, setCategory] = useState("utility");
  const [body, setBody] = useState("");
  const [footer, setFooter] = useState("");
  const submit = useSubmit();
  const blanks = [...new Set([...body.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((m) => m[1] as string))];
  const save = async () => {
    await api.post(`/channels/${id}/templates`, {
      id: "",
      name: name.trim(),
      language: language.trim(),
      category,
      status: "pending",
      body: body.trim(),
      footer: footer.trim() || null,
      buttons: [],
      blanks,
    });
    toast(t("templates.sent"));
    onDone();
  };
  return (
    <form
      ref={submit.form}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(e) => {
        e.preventDefault();
        void submit.run(save, {
          name: !/^[a-z0-9_]{1,512}$/.test(name.trim()) && t("templates.nameWrong"),
          body: !body.trim() && t("templates.bodyMissing"),
        });
      }}
    >
      {submit.problem && <p className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">{submit.problem.detail || t("failed")}</p>}
      <TextField label={t("templates.name")} hint={t("templates.nameHint")} value={name} onChange={setName} error={submit.errors.name} maxLength={512} autoComplete="off" />
      <div className="flex gap-3">
        <TextField label={t("templates.language")} value={language} onChange={setLanguage} maxLength={15} className="w-28" autoComplete="off" />
        <ChoiceField
          label={t("templates.category")}
          value={category}
          onChange={setCategory}
          options={["utility", "marketing", "authentication"].map((c) => ({ value: c, label: t(`templates.categories.${c}`) }))}
          className="flex-1"
        />
      </div>
      <AreaField label={t("templates.body")} hint={t("templates.bodyHint")} value={body} onChange={setBody} error={submit.errors.body} maxLength={1024} rows={5} />
      <TextField label={t("templates.footer")} optional value={footer} onChange={setFooter} maxLength={60} autoComplete="off" />
      <div className="flex justify-end">
        <Button type="submit" variant="primary" loading={submit.busy}>
          {t("templates.submit")}
        </Button>
      </div>
    </form>
  );
}
