import { Link } from "@tanstack/react-router";
import { Paperclip } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Hit, Piece } from "@/api/types";
import { ago, dateTime } from "@/lib/dates";
import { Avatar } from "@/ui";
import { iconOf, place } from "./hits";

/** One result: a person or a message, with the found words marked. */
export function HitRow({ hit }: { hit: Hit }) {
  const { t, i18n } = useTranslation("find");
  const Icon = iconOf(hit);
  return (
    <Link {...place(hit)} data-hit className="inset-focus flex gap-3 rounded-md px-3 py-2.5 hover:bg-hover focus-visible:bg-hover">
      {hit.kind === "contact" ? (
        <Avatar name={hit.title} id={hit.contact_id ?? undefined} size={32} />
      ) : (
        <span aria-hidden className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-soft text-accent-ink">
          <Icon className="size-4" />
        </span>
      )}
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="sr-only">{t(`kind.${hit.kind}`)}: </span>
          <span className="min-w-0 flex-1 truncate text-sm font-medium">
            <Pieces of={hit.title_pieces} />
          </span>
          {hit.at && (
            <time dateTime={hit.at} title={dateTime(hit.at, i18n.language)} className="tnum shrink-0 text-xs text-ink-3">
              {ago(hit.at, i18n.language)}
            </time>
          )}
        </span>
        {hit.subtitle && hit.subtitle !== hit.title && <span className="block truncate text-xs text-ink-3">{hit.subtitle}</span>}
        {hit.snippet.length > 0 && (
          <span className="mt-0.5 line-clamp-2 text-sm break-words text-ink-2">
            <Pieces of={hit.snippet} />
          </span>
        )}
        {hit.file.length > 0 && (
          <span className="mt-0.5 flex min-w-0 items-center gap-1.5 text-xs text-ink-2">
            <Paperclip className="size-3.5 shrink-0 text-ink-3" aria-hidden />
            <span className="truncate">
              <Pieces of={hit.file} />
            </span>
          </span>
        )}
      </span>
    </Link>
  );
}

/** A text with what was found marked in it. */
function Pieces({ of }: { of: readonly Piece[] }) {
  return of.map((piece, i) =>
    piece.mark ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
      <mark key={i} className="rounded-xs bg-accent-soft-2 px-px font-medium text-ink">
        {piece.text}
      </mark>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
      <span key={i}>{piece.text}</span>
    ),
  );
}
