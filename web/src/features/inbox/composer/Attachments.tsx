import { FileText, ImageIcon, TriangleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { StoredFile } from "@/api/upload";
import { bytes } from "@/lib/dates";
import { conversion, kindName, type Limits } from "./limits";
import type { Upload } from "./state";

interface Props {
  /** Of the channel, unless this is a note. */
  limits?: Limits;
  files: readonly StoredFile[];
  uploads: readonly Upload[];
  problem: string | null;
  onRemove: (id: string) => void;
  onStop: (key: string) => void;
}

const chip = "flex h-8 max-w-60 items-center gap-2 rounded-md border border-line-strong bg-sheet ps-2 text-xs";
const cross = "grid size-7 shrink-0 place-items-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink max-md:size-8";

export function Attachments({ limits, files, uploads, problem, onRemove, onStop }: Props) {
  const { t, i18n } = useTranslation("composer");
  return (
    <>
      {(files.length > 0 || uploads.length > 0) && (
        <ul aria-label={t("files.label")} className="scroll flex max-h-24 flex-wrap gap-1.5 overflow-y-auto px-3 pb-2">
          {files.map((f) => (
            <li key={f.id} className={chip}>
              {f.content_type.startsWith("image/") ? (
                <ImageIcon className="size-4 shrink-0 text-ink-3" aria-hidden />
              ) : (
                <FileText className="size-4 shrink-0 text-ink-3" aria-hidden />
              )}
              <span className="truncate">{f.name}</span>
              {f.size_bytes > 0 && <span className="tnum shrink-0 text-ink-3">{bytes(f.size_bytes, i18n.language)}</span>}
              <button type="button" className={cross} aria-label={t("files.remove", { name: f.name })} onClick={() => onRemove(f.id)}>
                <X className="size-3.5" aria-hidden />
              </button>
            </li>
          ))}
          {uploads.map((u) => (
            <li key={u.key} className={`relative overflow-hidden ${chip} ${u.error ? "border-bad" : ""}`}>
              {u.error ? <TriangleAlert className="size-4 shrink-0 text-bad" aria-hidden /> : <FileText className="size-4 shrink-0 text-ink-3" aria-hidden />}
              <span className="truncate">{u.name}</span>
              {u.error ? (
                <span role="alert" className="truncate text-bad">
                  {u.error}
                </span>
              ) : (
                <>
                  <span className="tnum shrink-0 text-ink-3">{Math.round(u.part * 100)} %</span>
                  <progress className="sr-only" value={u.part} aria-label={t("files.sending", { name: u.name })} />
                  <span className="absolute bottom-0 start-0 h-0.5 bg-accent transition-[width]" style={{ width: `${u.part * 100}%` }} aria-hidden />
                </>
              )}
              <button type="button" className={cross} aria-label={t("files.remove", { name: u.name })} onClick={() => onStop(u.key)}>
                <X className="size-3.5" aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      {limits &&
        files.map((f) => {
          const to = conversion(f.content_type, f.size_bytes, limits);
          return (
            to && (
              <p key={f.id} role="status" className="px-3.5 pb-2 text-xs text-ink-3 [overflow-wrap:anywhere]">
                {t("files.sentAs", { name: f.name, kind: kindName(to) })}
              </p>
            )
          );
        })}
      {problem && (
        <p role="alert" className="px-3.5 pb-2 text-xs font-medium text-bad [overflow-wrap:anywhere]">
          {problem}
        </p>
      )}
    </>
  );
}
