import i18n, { type BackendModule, type ResourceLanguage } from "i18next";
import { initReactI18next } from "react-i18next";
import { hasPseudo, isRtl, type LanguageChoice, languageFor, PSEUDO, store, stored } from "@/lib/language";

type Words = ResourceLanguage[string];

// What the list says comes with the page; the words of other pages, and of a conversation, come with those.
const first = import.meta.glob<Words>(["../i18n/en/{common,form,frame,inbox,macros}.json"], { eager: true, import: "default" });
const later = import.meta.glob<Words>(["../i18n/*/*.json", "!../i18n/*/{common,form,frame,inbox,macros}.json"], { import: "default" });
/** The same of other languages, as one file each. */
const firsts: Record<string, () => Promise<{ default: Record<string, Words> }>> = { de: () => import("../i18n/de.first") };

const nameOf = (path: string) => path.replace(/^.*\//, "").replace(".json", "");
const english = Object.fromEntries(Object.entries(first).map(([path, words]) => [nameOf(path), words]));

async function load(language: string, namespace: string): Promise<Words> {
  if (hasPseudo && language === PSEUDO) {
    const { pseudo } = await import("../i18n/pseudo");
    return pseudo((english[namespace] ?? (await load("en", namespace))) as never);
  }
  try {
    const early = namespace in english ? await firsts[language]?.() : undefined;
    const words = early?.default[namespace] ?? (await later[`../i18n/${language}/${namespace}.json`]?.());
    if (words) return words;
  } catch (error) {
    if (language === "en") throw error;
  }
  // Better in English than not at all.
  if (language !== "en") return english[namespace] ?? load("en", namespace);
  throw new Error(`No words for ${namespace}`);
}

const backend: BackendModule = {
  type: "backend",
  init() {},
  read(language, namespace, done) {
    load(language, namespace).then(
      (words) => done(null, words),
      (error) => done(error, false),
    );
  },
};

const tell = (language: string) => {
  document.documentElement.lang = language;
  document.documentElement.dir = isRtl(language) ? "rtl" : "ltr";
};
i18n.on("languageChanged", tell);

/** The words of the first page. English comes with the program; pages in other languages wait for theirs. */
export const spoken = i18n
  .use(backend)
  .use(initReactI18next)
  .init({
    lng: languageFor(stored()),
    // Every language has every text (a test sees to it), so nobody loads two.
    fallbackLng: false,
    // One language each: nothing is asked for "de-AT" that is there for "de".
    load: "currentOnly",
    partialBundledLanguages: true,
    ns: Object.keys(english),
    defaultNS: "common",
    resources: { en: english },
    interpolation: { escapeValue: false },
    saveMissing: import.meta.env.DEV,
    missingKeyHandler: (_languages, namespace, key) => console.error(`No words for ${namespace}:${key}`),
  });
export const speaksEnglish = i18n.language === "en";

/** Loads the words of a page with the page. */
export const words = (...namespaces: string[]) => i18n.loadNamespaces(namespaces);

/** Changes the language of all pages, and of the next visit on this device. */
export async function speak(choice: LanguageChoice) {
  store(choice);
  const language = languageFor(choice);
  if (language !== i18n.language) await i18n.changeLanguage(language);
}
