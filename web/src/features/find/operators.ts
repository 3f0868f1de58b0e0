/** Operators of the search, as one types them: `from:anna tag:"Black Friday"`. */
export const operators = ["from", "to", "in", "tag", "status", "assignee", "before", "after", "has", "is", "subject", "file"] as const;
export type Operator = (typeof operators)[number];

/** The piece of the text the cursor stands in. */
export interface Piece {
  /** Where it begins and ends in the text. */
  from: number;
  to: number;
  not: boolean;
  operator?: Operator;
  /** What has been typed of the word, or of the operator's value. */
  typed: string;
}

/** Finds the piece around the cursor; quotes hold blanks together. */
export function pieceAt(text: string, cursor: number): Piece {
  let from = 0;
  let quoted = false;
  for (let i = 0; i < cursor; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (/\s/.test(text[i] ?? "") && !quoted) from = i + 1;
  }
  let to = cursor;
  while (to < text.length && (quoted ? text[to] !== '"' : !/\s/.test(text[to] ?? ""))) to++;
  if (quoted && text[to] === '"') to++;
  const word = text.slice(from, cursor);
  const not = word.startsWith("-");
  const plain = not ? word.slice(1) : word;
  const colon = plain.indexOf(":");
  const name = colon > 0 ? plain.slice(0, colon).toLowerCase() : "";
  const operator = operators.find((o) => o === name);
  return { from, to, not, operator, typed: operator ? plain.slice(colon + 1).replace(/"/g, "") : plain };
}

export interface Suggestion {
  /** What is put in the place of the piece. */
  insert: string;
  label: string;
  hint?: string;
  /** The value is still to come: no blank after it. */
  goesOn?: boolean;
}

const fold = (s: string) => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
/** Whether a word of the label begins with what was typed. */
const fits = (label: string, typed: string) => {
  const want = fold(typed.trim());
  return !want || ` ${fold(label)}`.includes(` ${want}`);
};
const quote = (value: string) => (/[\s"]/.test(value) ? `"${value.replace(/"/g, "")}"` : value);

/** What may stand after an operator: the value as it is typed, and its name. */
export type Values = (operator: Operator) => { value: string; label: string }[];

/** What could be meant at the cursor. */
export function suggest(text: string, cursor: number, values: Values, hint: (operator: Operator) => string): Suggestion[] {
  const piece = pieceAt(text, cursor);
  const sign = piece.not ? "-" : "";
  const { operator } = piece;
  if (!operator) {
    // A word of its own is not disturbed: only what begins like an operator, or nothing at all.
    if (!piece.typed && text.trim()) return [];
    return operators.filter((o) => o.startsWith(fold(piece.typed))).map((o) => ({ insert: `${sign}${o}:`, label: `${o}:`, hint: hint(o), goesOn: true }));
  }
  return values(operator)
    .filter((v) => fits(v.label, piece.typed) || fits(v.value, piece.typed))
    .slice(0, 8)
    .map((v) => ({ insert: `${sign}${operator}:${quote(v.value)}`, label: v.label }));
}

/** The text with the suggestion in the place of the piece, and where the cursor stands then. */
export function accept(text: string, cursor: number, s: Suggestion): { text: string; cursor: number } {
  const piece = pieceAt(text, cursor);
  const rest = text.slice(piece.to);
  const put = s.goesOn ? s.insert : `${s.insert} `;
  return { text: text.slice(0, piece.from) + put + (s.goesOn ? rest : rest.trimStart()), cursor: piece.from + put.length };
}
