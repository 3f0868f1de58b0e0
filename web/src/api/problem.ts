import i18n from "i18next";

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  fields: { field: string; code: string; detail: string }[];
  request_id: string | null;
}

export type Texts = { [key: string]: string | Texts };

/** What stands in the blanks of a sentence, or null if it is another sentence. */
function filled(sentence: string, said: string): Record<string, string> | null {
  const names: string[] = [];
  const parts = sentence.split(/\{\{(\w+)\}\}/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    names.push(part);
    return "(.+?)";
  });
  const found = new RegExp(`^${parts.join("")}$`, "s").exec(said);
  return found && Object.fromEntries(names.map((name, i) => [name, found[i + 1] ?? ""]));
}

/** Which of the sentences of a code the server said, and with which values. A code has one sentence, or several by number. */
export function sentenceOf(english: Texts, code: string, said: string): { key: string; values: Record<string, string> } | null {
  const under = code.split(".").reduce<string | Texts | undefined>((at, part) => (typeof at === "object" ? at[part] : undefined), english);
  const all = typeof under === "string" ? { [code]: under } : Object.fromEntries(Object.entries(under ?? {}).map(([n, text]) => [`${code}.${n}`, text]));
  for (const [key, text] of Object.entries(all)) {
    const values = typeof text === "string" ? filled(text, said) : null;
    if (values) return { key, values };
  }
  return null;
}

/** The server speaks English; this is the same in the language of the page. Sentences nobody has translated stay as they are. */
async function interpreter(): Promise<(code: string, said: string) => string> {
  if (i18n.language === "en" || !i18n.isInitialized) return (_, said) => said;
  try {
    const [english] = await Promise.all([import("../i18n/en/problem.json"), i18n.loadNamespaces("problem")]);
    return (code, said) => {
      const found = sentenceOf(english.default, code, said);
      const text = found && i18n.exists(`problem:${found.key}`) ? i18n.t(`problem:${found.key}`, found.values) : "";
      return text || said;
    };
  } catch {
    // Better in English than not at all.
    return (_, said) => said;
  }
}

/** One sentence of the server in the language of the page. */
export const interpreted = async (code: string, said: string) => (await interpreter())(code, said);

/** A refusal in the language of the page. The names of fields are for programs; where a form has no place for a field, its sentence stands alone. */
export async function inWords(problem: Problem): Promise<Problem> {
  const say = await interpreter();
  const fields = problem.fields?.map((f) => ({ ...f, detail: say(`field.${f.code}`, f.detail) })) ?? [];
  return { ...problem, fields, detail: fields.length ? fields.map((f) => f.detail).join(" ") : say(problem.code, problem.detail) };
}
