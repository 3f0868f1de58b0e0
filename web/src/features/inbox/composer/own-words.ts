interface Said {
  text: string;
  html?: string | null;
  stripped_text?: string | null;
}

// As the server writes them below what was written.
const MARKS = ['<br><div id="sb-signature"', '<br><div id="sb-quote"'];

/** Where the words that somebody wrote end and their signature or a quote begins. */
export function endOfWords(html: string): number {
  const found = MARKS.map((mark) => html.indexOf(mark)).filter((at) => at >= 0);
  return found.length ? Math.min(...found) : html.length;
}

/** A message of ours as it was written, without the signature and what is quoted or forwarded below. */
export function ownWords<T extends Said>(m: T): T {
  if (m.stripped_text === null || m.stripped_text === undefined) return m;
  return { ...m, text: m.stripped_text, html: m.html ? m.html.slice(0, endOfWords(m.html)) : m.html, stripped_text: null };
}
