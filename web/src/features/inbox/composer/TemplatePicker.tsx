import { useQuery } from "@tanstack/react-query";
import { FileText, Film, ImageIcon, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, csrfToken } from "@/api/client";
import type { Template } from "@/api/types";
import { Button, Dialog, ErrorState } from "@/ui";
import { ChoiceField, TextField } from "@/ui/form";
import { bytes } from "@/lib/dates";
import { type StoredFile, upload } from "@/api/upload";

export interface TemplateChoice {
  id: string;
  parameters: Record<string, string>;
  header_url?: string;
  /** Of an uploaded file, for the header. */
  file?: string;
}

/** The text as the customer will read it. */
export function filled(template: Pick<Template, "header_text" | "body" | "footer">, parameters: Record<string, string>): string {
  const parts = [template.header_text, template.body, template.footer].filter(Boolean).join("\n\n");
  return parts.replace(/\{\{\s*(\w+)\s*\}\}/g, (blank, name: string) => parameters[name] || blank);
}

/** Chooses an approved template, fills its blanks and shows what the customer will read. */
export default function TemplatePicker({
  channelId,
  open,
  onOpenChange,
  onSend,
}: {
  channelId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSend: (choice: TemplateChoice) => Promise<void>;
}) {
  const { t } = useTranslation("composer");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("template.title")}>
      {open && <Body channelId={channelId} onSend={onSend} />}
    </Dialog>
  );
}

function Body({ channelId, onSend }: { channelId: string; onSend: (choice: TemplateChoice) => Promise<void> }) {
  const { t } = useTranslation("composer");
  const list = useQuery({ queryKey: ["templates", channelId], queryFn: () => api.get<{ data: Template[] }>(`/channels/${channelId}/templates`) });
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<Template | null>(null);
  if (list.isError) return <ErrorState title={t("template.failed")} error={list.error} onRetry={() => void list.refetch()} />;
  if (chosen) return <Fill template={chosen} onBack={() => setChosen(null)} onSend={onSend} />;
  const wanted = text.trim().toLowerCase();
  const usable = (list.data?.data ?? []).filter((x) => x.status === "approved");
  const found = usable.filter((x) => `${x.name} ${x.body}`.toLowerCase().includes(wanted));
  return (
    <div className="flex flex-col gap-3">
      <div className="relative">
        <Search className="pointer-events-none absolute start-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
        <TextField
          label={t("template.search")}
          hideLabel
          placeholder={t("template.search")}
          value={text}
          onChange={setText}
          className="[&_input]:ps-8"
          autoFocus
          autoComplete="off"
        />
      </div>
      {list.data && usable.length === 0 && <p className="text-sm text-ink-3">{t("template.none")}</p>}
      {usable.length > 0 && found.length === 0 && <p className="text-sm text-ink-3">{t("template.noMatch")}</p>}
      <ul className="flex flex-col gap-1.5">
        {found.map((x) => (
          <li key={x.id}>
            <button type="button" className="w-full rounded-md border border-line px-3 py-2 text-start hover:bg-hover" onClick={() => setChosen(x)}>
              <span className="flex items-baseline gap-2 text-sm font-medium">
                <span className="min-w-0 flex-1 truncate">{x.name}</span>
                <span className="text-2xs text-ink-3">{x.language}</span>
              </span>
              <span className="mt-0.5 line-clamp-2 text-xs text-ink-2">{x.body}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Fill({ template, onBack, onSend }: { template: Template; onBack: () => void; onSend: (choice: TemplateChoice) => Promise<void> }) {
  const { t } = useTranslation("composer");
  const [values, setValues] = useState<Record<string, string>>({});
  const [header, setHeader] = useState("");
  const [from, setFrom] = useState("file");
  const [file, setFile] = useState<StoredFile | null>(null);
  const [busy, setBusy] = useState(false);
  const media = !!template.header && template.header !== "text";
  const blanks = template.blanks ?? [];
  const ready = blanks.every((b) => values[b]?.trim()) && (!media || (from === "file" ? !!file : URL.canParse(header)));
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        if (!ready || busy) return;
        setBusy(true);
        void onSend({ id: template.id, parameters: values, ...(media && (from === "file" ? { file: file?.id } : { header_url: header })) }).finally(() => setBusy(false));
      }}
    >
      {media && (
        <>
          <ChoiceField
            label={t("template.headerFrom", { kind: t(`template.kind.${template.header}`, { defaultValue: template.header ?? "" }) })}
            value={from}
            onChange={setFrom}
            options={[
              { value: "file", label: t("template.fromFile") },
              { value: "url", label: t("template.fromUrl") },
            ]}
          />
          {from === "file" ? (
            <HeaderFile kind={template.header ?? ""} file={file} onFile={setFile} />
          ) : (
            <TextField label={t("template.header")} hint={t("template.headerHint")} value={header} onChange={setHeader} type="url" autoComplete="off" />
          )}
        </>
      )}
      {blanks.map((b, i) => (
        <TextField
          key={b}
          label={t("template.blank", { name: b })}
          value={values[b] ?? ""}
          onChange={(v) => setValues((now) => ({ ...now, [b]: v }))}
          autoFocus={i === 0 && !media}
          autoComplete="off"
          maxLength={1024}
        />
      ))}
      <div>
        <p className="mb-1 text-xs text-ink-3">{t("template.preview")}</p>
        <div className="rounded-2xl rounded-ee-[5px] bg-bubble-out px-3.5 py-2 text-base">
          {media && <HeaderPreview kind={template.header ?? ""} file={from === "file" ? file : null} url={from === "file" ? "" : header} />}
          <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{filled(template, values)}</p>
        </div>
        {(template.buttons ?? []).length > 0 && (
          <p className="mt-1.5 flex flex-wrap gap-1.5">
            {(template.buttons ?? []).map((b) => (
              <span key={b.title} className="rounded-md border border-line-strong px-2 py-0.5 text-xs font-medium text-accent-ink">
                {b.title}
              </span>
            ))}
          </p>
        )}
      </div>
      <div className="flex justify-end gap-2">
        <Button variant="ghost" onClick={onBack}>
          {t("template.back")}
        </Button>
        <Button type="submit" variant="primary" loading={busy} disabled={!ready}>
          {t("template.send")}
        </Button>
      </div>
    </form>
  );
}

const lastPart = (url: string) => new URL(url).pathname.split("/").pop() || url;

/** What stands above the words: the picture itself, of anything else its name. */
function HeaderPreview({ kind, file, url }: { kind: string; file: StoredFile | null; url: string }) {
  const { t } = useTranslation("composer");
  const picture = file ? file.thumbnail_url : kind === "image" && URL.canParse(url) ? url : null;
  if (picture) return <img src={picture} alt={file?.name ?? ""} className="mb-2 max-h-40 w-full rounded-md object-cover" referrerPolicy="no-referrer" />;
  const name = file?.name ?? (URL.canParse(url) ? lastPart(url) : t(`template.kind.${kind}`, { defaultValue: kind }));
  const Icon = kind === "image" ? ImageIcon : kind === "video" ? Film : FileText;
  return (
    <p className="mb-2 flex items-center gap-2 rounded-md bg-subtle px-3 py-4 text-sm text-ink-2">
      <Icon className="size-5 shrink-0 text-ink-3" aria-hidden />
      <span className="min-w-0 [overflow-wrap:anywhere]">{name}</span>
    </p>
  );
}

/** The picture, film or document of the header. */
function HeaderFile({ kind, file, onFile }: { kind: string; file: StoredFile | null; onFile: (file: StoredFile | null) => void }) {
  const { t, i18n } = useTranslation("composer");
  const [part, setPart] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    setProblem(null);
    onFile(null);
    setPart(0);
    try {
      onFile(await upload(chosen, csrfToken(), setPart, new AbortController().signal));
    } catch (e) {
      setProblem((e instanceof Error && e.message) || t("send.failed"));
    } finally {
      setPart(null);
    }
  };
  return (
    <label className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-dashed border-line-strong p-3 text-sm text-ink-2 has-focus-visible:outline-2 has-focus-visible:outline-focus">
      <input
        type="file"
        className="sr-only"
        aria-label={t("template.fromFile")}
        accept={kind === "image" || kind === "video" ? `${kind}/*` : undefined}
        onChange={(e) => void choose(e.target.files?.[0])}
      />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{file ? `${file.name} · ${bytes(file.size_bytes, i18n.language)}` : t("template.choose_file")}</span>
      {part !== null && <span className="tnum text-ink-3">{Math.round(part * 100)} %</span>}
      {problem && (
        <span role="alert" className="w-full text-xs font-medium text-bad">
          {problem}
        </span>
      )}
    </label>
  );
}
