/** The languages the product speaks, by their own names. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;
export type LanguageChoice = Language | "auto";

const KEY = "language";
/** For proving that the pages also work from right to left; never offered. */
export const PSEUDO = "ar-XB";
export const hasPseudo = import.meta.env.DEV || import.meta.env.MODE === "pseudo";

const isLanguage = (value: unknown): value is Language => typeof value === "string" && Object.hasOwn(LANGUAGES, value);
/** What somebody has chosen, as it is kept with the person; anything else follows the browser. */
export const choiceOf = (value: unknown): LanguageChoice => (isLanguage(value) ? value : "auto");

/** The first language of the browser that we speak. */
export function spoken(wished: readonly string[]): Language {
  for (const tag of wished) {
    const short = tag.toLowerCase().split(/[-_]/)[0];
    if (isLanguage(short)) return short;
  }
  return "en";
}

/** Whether this is read from right to left. */
export const isRtl = (language: string) => /^(?:ar|he|fa|ur)\b/.test(language);

/** The choice as this browser knows it, for pages that come before anybody is signed in. */
export function stored(): LanguageChoice {
  try {
    return choiceOf(localStorage.getItem(KEY));
  } catch {
    return "auto";
  }
}

/** While the pages are being proved, nobody's choice ends that. */
const isPseudo = () => hasPseudo && localStorage.getItem(KEY) === PSEUDO;

export function store(choice: LanguageChoice) {
  try {
    if (isPseudo()) return;
    if (choice === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Without storage the choice is asked of the server again.
  }
}

export function languageFor(choice: LanguageChoice): string {
  if (isPseudo()) return PSEUDO;
  return choice === "auto" ? spoken(navigator.languages ?? [navigator.language]) : choice;
}
