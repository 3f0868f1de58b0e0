import { useMutation } from "@tanstack/react-query";
import { CircleCheck, FileSpreadsheet, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useDropzone } from "react-dropzone";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Imported } from "@/api/types";
import { dateTime } from "@/lib/dates";
import { Button, toast } from "@/ui";

const MOST = 7_500_000;

/** A list of calls: looked at first, with every line that cannot be read, and then taken in. */
export function ImportCalls({ id }: { id: string }) {
  const { t, i18n } = useTranslation("settings");
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const failed = (e: unknown) => void toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || t("calls.failed"));
  const run = (text: string, dry_run: boolean) => api.post<Imported>(`/channels/${id}/calls/import`, { text, dry_run });
  const tried = useMutation({ mutationFn: (text: string) => run(text, true) });
  const taken = useMutation({ mutationFn: (text: string) => run(text, false), onError: failed });
  const choose = async (chosen: File) => {
    taken.reset();
    tried.reset();
    if (chosen.size > MOST) return void toast.error(t("calls.tooLarge"));
    try {
      const text = textOf(await chosen.arrayBuffer());
      setFile({ name: chosen.name, text });
      tried.mutate(text);
    } catch {
      toast.error(t("calls.unreadable"));
    }
  };
  const drop = useDropzone({ multiple: false, onDrop: ([f]) => f && void choose(f), accept: { "text/csv": [".csv", ".tsv", ".txt"] } });
  const report = taken.data ?? tried.data;
  const wrong = tried.error instanceof ApiError ? tried.error.fields[0]?.detail || tried.error.detail : tried.error ? t("calls.failed") : null;
  return (
    <div className="flex flex-col gap-4 rounded-lg border border-line bg-raised p-4">
      <div
        {...drop.getRootProps()}
        className={`flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md border border-dashed p-4 text-sm text-ink-2 ${drop.isDragActive ? "border-accent bg-accent-soft" : "border-line-strong"}`}
      >
        <input {...drop.getInputProps()} aria-label={t("calls.choose")} />
        <FileSpreadsheet className="size-5 shrink-0 text-ink-3" aria-hidden />
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{file ? file.name : t("calls.drop")}</span>
        <Button loading={tried.isPending}>{t(file ? "calls.other" : "calls.choose")}</Button>
      </div>
      {wrong && (
        <p role="alert" className="flex items-start gap-2 rounded-md bg-bad-soft px-3 py-2.5 text-sm">
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden /> <span className="min-w-0 [overflow-wrap:anywhere]">{wrong}</span>
        </p>
      )}
      {report && (
        <div role="status" className="flex flex-col gap-4">
          {taken.data ? (
            <p className="flex items-center gap-2 text-sm font-medium">
              <CircleCheck className="size-4 shrink-0 text-good" aria-hidden /> {t("calls.done", { count: report.taken })}
            </p>
          ) : (
            <p className="text-sm font-medium">{report.taken ? t("calls.new", { count: report.taken }) : t("calls.nothing")}</p>
          )}
          {report.known + report.left_out > 0 && (
            <p className="-mt-3 text-xs text-ink-3">
              {[report.known > 0 && t("calls.known", { count: report.known }), report.left_out > 0 && t("calls.leftOut", { count: report.left_out })].filter(Boolean).join(" · ")}
            </p>
          )}
          {report.faulty > 0 && (
            <section>
              <h3 className="mb-1.5 flex items-center gap-1.5 text-sm font-medium text-warn">
                <TriangleAlert className="size-4" aria-hidden /> {t("calls.faulty", { count: report.faulty })}
              </h3>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard */}
              <ul className="scroll max-h-56 divide-y divide-line overflow-y-auto rounded-md border border-line" tabIndex={0}>
                {report.faults.map((f) => (
                  <li key={f.line} className="flex gap-3 px-3 py-2 text-sm">
                    <span className="w-20 shrink-0 tabular-nums text-ink-3">{t("calls.line", { line: f.line })}</span>
                    <span className="min-w-0 [overflow-wrap:anywhere]">{f.detail}</span>
                  </li>
                ))}
                {report.faulty > report.faults.length && <li className="px-3 py-2 text-sm text-ink-3">{t("calls.more", { count: report.faulty - report.faults.length })}</li>}
              </ul>
            </section>
          )}
          {!taken.data && report.sample.length > 0 && (
            <section>
              <h3 className="mb-1.5 text-xs font-semibold text-ink-2">{t("calls.sample")}</h3>
              <ul className="divide-y divide-line rounded-md border border-line">
                {report.sample.map((c) => (
                  <li key={c.line} className="flex flex-wrap gap-x-3 px-3 py-2 text-sm">
                    <span className="font-medium [overflow-wrap:anywhere]">{c.person}</span>
                    <span className="min-w-0 flex-1 text-ink-2 [overflow-wrap:anywhere]">{c.text}</span>
                    {c.at && <time className="shrink-0 text-xs tabular-nums text-ink-3">{dateTime(c.at, i18n.language)}</time>}
                  </li>
                ))}
              </ul>
            </section>
          )}
          {!taken.data && report.taken > 0 && file && (
            <Button variant="primary" className="self-start" loading={taken.isPending} onClick={() => taken.mutate(file.text)}>
              {t("calls.take", { count: report.taken })}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** Exports of older programs are not UTF-8. */
function textOf(bytes: ArrayBuffer): string {
  const head = new Uint8Array(bytes.slice(0, 2));
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
