import i18n, { type BackendModule, type ResourceLanguage } from "i18next";
import { initReactI18next } from "react-i18next";

type Words = ResourceLanguage[string];

// What the list says comes with the page; the words of other pages, and of a conversation, come with those.
const first = import.meta.glob<Words>(
  [
    "../i18n/en/*.json",
    "!../i18n/en/{auth,settings,setup,journal,contacts,filters,notifications,replies,scheduled,beside,hours,statuses,attributes}.json",
    "!../i18n/en/{access,trust,audit,seats,bulk,find,thread,details,composer,shaping,calls,canned,newConversation}.json",
  ],
  { eager: true, import: "default" },
);
const later = import.meta.glob<Words>(
  [
    "../i18n/en/{auth,settings,setup,journal,contacts,filters,notifications,replies,scheduled,beside,hours,statuses,attributes}.json",
    "../i18n/en/{access,trust,audit,seats,bulk,find,thread,details,composer,shaping,calls,canned,newConversation}.json",
  ],
  { import: "default" },
);

const nameOf = (path: string) => path.replace(/^.*\//, "").replace(".json", "");

const backend: BackendModule = {
  type: "backend",
  init() {},
  read(language, namespace, done) {
    const load = later[`../i18n/${language}/${namespace}.json`];
    if (!load) return done(new Error(namespace), false);
    load().then(
      (words) => done(null, words),
      (error) => done(error, false),
    );
  },
};

void i18n
  .use(backend)
  .use(initReactI18next)
  .init({
    lng: "en",
    fallbackLng: "en",
    partialBundledLanguages: true,
    ns: Object.keys(first).map(nameOf),
    defaultNS: "common",
    resources: { en: Object.fromEntries(Object.entries(first).map(([path, words]) => [nameOf(path), words])) },
    interpolation: { escapeValue: false },
    saveMissing: import.meta.env.DEV,
    missingKeyHandler: (_languages, namespace, key) => console.error(`No words for ${namespace}:${key}`),
  });

/** Loads the words of a page with the page. */
export const words = (...namespaces: string[]) => i18n.loadNamespaces(namespaces);
