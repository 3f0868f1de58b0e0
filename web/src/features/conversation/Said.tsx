import { BotOff, FileWarning, LoaderCircle, MapPin, MousePointerClick, Pencil, RotateCcw, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Message } from "@/api/types";
import { toast } from "@/ui";
import { Words } from "./Words";

interface Place {
  latitude: number;
  longitude: number;
  name?: string | null;
  address?: string | null;
}
interface Button {
  id: string;
  title: string;
  url?: string | null;
}

/** What a bubble holds besides files: the text, a place on the map, the buttons under it; or that it was taken back. */
export function Said({ message: m }: { message: Message }) {
  const { t } = useTranslation("thread");
  if (m.is_deleted) {
    return (
      <span className="flex items-center gap-1.5 text-ink-3 italic">
        <Undo2 className="size-4 shrink-0" aria-hidden />
        {t(m.direction === "outbound" ? "said.takenBackByUs" : "said.takenBack")}
      </span>
    );
  }
  const place = m.metadata.location as Place | undefined;
  const buttons = (m.direction === "outbound" ? (m.metadata.buttons as Button[] | undefined) : undefined) ?? [];
  const missing = missingOf(m);
  const text = m.stripped_text ?? m.text;
  return (
    <>
      {(text || (m.attachments.length === 0 && missing === 0)) && <Words text={text} />}
      {place && Number.isFinite(place.latitude) && Number.isFinite(place.longitude) && (
        <a
          className="mt-1 flex items-center gap-1.5 text-sm underline underline-offset-2"
          href={`https://www.openstreetmap.org/?mlat=${place.latitude}&mlon=${place.longitude}#map=16/${place.latitude}/${place.longitude}`}
          target="_blank"
          rel="noopener noreferrer"
        >
          <MapPin className="size-4 shrink-0" aria-hidden />
          {place.name || place.address || `${place.latitude}, ${place.longitude}`}
        </a>
      )}
      <MissingFiles message={m} />
      <NotAnswered message={m} />
      {buttons.length > 0 && (
        <span className="mt-2 flex flex-wrap gap-1.5">
          {buttons.map((b) => (
            <span key={b.id || b.title} className="rounded-md border border-line-strong bg-raised px-2 py-0.5 text-xs font-medium text-accent-ink">
              {b.title}
            </span>
          ))}
        </span>
      )}
    </>
  );
}

interface MissingFile {
  name: string;
  why: string;
  index?: number;
}
const listOf = (m: Message, name: string) => (m.metadata[name] as MissingFile[] | undefined) ?? [];
const missingOf = (m: Message) => listOf(m, "files_pending").length + listOf(m, "files_not_fetched").length;

/** Files that came by reference and are not here: still being fetched, or given up, with the reason and another try. */
export function MissingFiles({ message: m }: { message: Message }) {
  const { t } = useTranslation("thread");
  const [asked, setAsked] = useState(false);
  const lost = listOf(m, "files_not_fetched");
  const again = async () => {
    setAsked(true);
    try {
      await api.post(`/messages/${m.id}/fetch-files`, {});
    } catch (e) {
      toast.error((e instanceof ApiError && e.detail) || t("menu.failed"));
    } finally {
      setAsked(false);
    }
  };
  return (
    <>
      {listOf(m, "files_pending").map((f) => (
        <span key={`${f.index} ${f.name}`} role="status" className="mt-1 flex items-start gap-1.5 text-sm text-ink-2" title={f.why}>
          <LoaderCircle className="mt-0.5 size-4 shrink-0 animate-spin text-ink-3 motion-reduce:animate-none" aria-hidden />
          <span className="min-w-0 [overflow-wrap:anywhere]">{t("said.pending", { name: f.name })}</span>
        </span>
      ))}
      {lost.map((f) => (
        <span key={`${f.index} ${f.name}`} className="mt-1 flex items-start gap-1.5 text-sm text-ink-2">
          <FileWarning className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
          <span className="min-w-0 [overflow-wrap:anywhere]">{t("said.lost", { name: f.name, why: f.why })}</span>
        </span>
      ))}
      {lost.some((f) => f.index !== undefined) && (
        <button
          type="button"
          disabled={asked}
          onClick={() => void again()}
          className="mt-1 inline-flex min-h-6 w-fit items-center gap-1 text-sm font-medium underline underline-offset-2 max-md:min-h-11"
        >
          <RotateCcw className="size-3.5" aria-hidden /> {t("said.fetchAgain")}
        </button>
      )}
    </>
  );
}

/** Under a bubble: reactions, that it was changed, which template it was. */
export function Traces({ message: m }: { message: Message }) {
  const { t } = useTranslation("thread");
  const reactions = m.is_deleted ? [] : m.reactions;
  const edited = !!m.edited_at && !m.is_deleted;
  const template = m.metadata.template as { name: string } | undefined;
  // An answer that was pressed, not typed.
  const pressed = m.direction === "inbound" && !m.is_deleted && !!m.metadata.interactive;
  if (!reactions.length && !edited && !template && !pressed) return null;
  return (
    <div className={`flex flex-wrap items-center gap-1.5 px-1 pt-0.5 text-2xs text-ink-3 ${m.direction === "outbound" ? "justify-end" : ""}`}>
      {reactions.map((r) => (
        <span key={r.by} className="rounded-full border border-line bg-raised px-1.5 text-sm leading-5" title={r.name ?? undefined}>
          <span className="sr-only">{t("said.reaction", { name: r.name ?? "" })}</span>
          {r.emoji}
        </span>
      ))}
      {pressed && (
        <span className="flex items-center gap-1">
          <MousePointerClick className="size-3" aria-hidden />
          {t("said.pressed")}
        </span>
      )}
      {template && <span>{t("said.template", { name: template.name })}</span>}
      {edited && (
        <span className="flex items-center gap-1">
          <Pencil className="size-3" aria-hidden />
          {t("said.edited")}
        </span>
      )}
    </div>
  );
}

/** Why an answer that would have gone by itself did not. */
export function NotAnswered({ message: m }: { message: Message }) {
  const { t } = useTranslation("mail");
  if (m.metadata.not_answered !== "too_many") return null;
  return (
    <p className="mt-2 flex items-center gap-1.5 text-xs text-ink-3">
      <BotOff className="size-3.5 shrink-0" aria-hidden />
      {t("notAnswered.too_many")}
    </p>
  );
}
