/** Without case and accents, as people search. */
const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** The rows in which every word of what was asked stands somewhere; all of them while nothing is asked. */
export function narrowed<T>(rows: readonly T[], asked: string, textOf: (row: T) => string): T[] {
  const words = plain(asked).split(/\s+/).filter(Boolean);
  return words.length ? rows.filter((row) => words.every((w) => plain(textOf(row)).includes(w))) : [...rows];
}
