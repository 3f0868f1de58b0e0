export interface MentionQuery {
  from: number;
  to: number;
  text: string;
}

/** The `@word` the caret stands in, if any. */
export function mentionAt(text: string, caret: number): MentionQuery | null {
  const match = /(^|[\s(])@([\p{L}\p{M}\p{N}.'-]*(?: [\p{L}\p{M}\p{N}.'-]*)?)$/u.exec(text.slice(0, caret));
  if (!match) return null;
  const word = match[2] ?? "";
  return { from: caret - word.length - 1, to: caret, text: word };
}

const fold = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function matchMembers<T extends { name: string }>(members: readonly T[], query: string): T[] {
  const q = fold(query);
  return members
    .filter(
      (m) =>
        fold(m.name).startsWith(q) ||
        fold(m.name)
          .split(" ")
          .some((part) => part.startsWith(q)),
    )
    .slice(0, 6);
}
