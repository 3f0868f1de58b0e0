import { File as FileIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment } from "@/api/types";
import { Dialog } from "@/ui";
import { along } from "@/ui/sides";

export function fileSize(bytes: number, locale?: string): string {
  const [value, unit] = bytes < 1_000_000 ? [Math.max(1, bytes / 1_000), "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** What came along with a message: pictures small, everything else by name and size. */
export function Files({ files }: { files: readonly Attachment[] }) {
  const { t, i18n } = useTranslation("thread");
  const [shown, show] = useState<Attachment | null>(null);
  const pictures = files.filter((f) => f.thumbnail_url);
  const step = (by: number) => {
    const at = pictures.findIndex((f) => f.id === shown?.id);
    show(pictures[(at + by + pictures.length) % pictures.length] ?? null);
  };
  return (
    <div className="mt-2 flex flex-wrap items-end gap-2">
      {files.map((f) =>
        f.thumbnail_url ? (
          <button key={f.id} type="button" onClick={() => show(f)} aria-label={t("openPicture", { name: f.name })} className="overflow-hidden rounded-md border border-line">
            <img src={f.thumbnail_url} alt={f.name} width={f.width ?? undefined} height={f.height ?? undefined} loading="lazy" className="block max-h-44 max-w-60 object-cover" />
          </button>
        ) : f.content_type.startsWith("audio/") ? (
          // biome-ignore lint/a11y/useMediaCaption: there are no captions for what a customer recorded
          <audio key={f.id} controls src={f.url} aria-label={f.name} className="h-10 max-w-full" />
        ) : (
          <a key={f.id} href={f.url} download={f.name} className="flex max-w-full items-center gap-3 rounded-lg border border-line bg-raised px-3 py-2 hover:bg-hover">
            <span className="grid size-8 shrink-0 place-items-center rounded bg-accent-soft text-accent-ink">
              <FileIcon className="size-4" aria-hidden />
            </span>
            <span className="min-w-0">
              <span className="block truncate text-sm font-medium text-ink">{f.name}</span>
              <span className="block text-2xs text-ink-3">{fileSize(f.size_bytes, i18n.language)}</span>
            </span>
          </a>
        ),
      )}
      {files.some((f) => f.sent_as) && (
        <p className="w-full text-2xs text-ink-3">
          {t("sentAs", { kind: [...new Set(files.flatMap((f) => (f.sent_as ? [f.sent_as.content_type.replace(/^.*\//, "").toUpperCase()] : [])))].join(", ") })}
        </p>
      )}
      <Dialog open={!!shown} onOpenChange={(o) => !o && show(null)} title={shown?.name ?? ""}>
        {shown && (
          <button
            type="button"
            className="block w-full"
            aria-label={t("nextPicture")}
            onClick={() => step(1)}
            onKeyDown={(e) => {
              const way = along(e.key);
              if (way) step(way === "on" ? 1 : -1);
            }}
          >
            <img src={shown.url} alt={shown.name} className="mx-auto max-h-[70vh] max-w-full object-contain" />
          </button>
        )}
      </Dialog>
    </div>
  );
}
