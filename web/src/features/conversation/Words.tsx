import { Fragment } from "react";

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Text as text, with addresses one can follow. */
export function Words({ text }: { text: string }) {
  const parts: (string | { href: string })[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(at, match.index), { href: match[0] });
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return (
    <span dir="auto" className="block whitespace-pre-wrap [overflow-wrap:anywhere]">
      {parts.map((p, i) =>
        typeof p === "string" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text do not move
          <Fragment key={i}>{p}</Fragment>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text do not move
          <a key={i} href={p.href} target="_blank" rel="noopener noreferrer" className="underline underline-offset-2">
            {p.href}
          </a>
        ),
      )}
    </span>
  );
}
