/** The catalogues: one JSON file a subject and language; a language is loaded when it is first used. */

import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", zh: "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;
const KEPT = "kizu.language";

type Catalogues = Record<string, object>;
const loaders: Record<Language, () => Promise<{ default: Catalogues }>> = {
  en: () => import("./en"),
  zh: () => import("./zh"),
};

function known(language: string | null | undefined): Language | null {
  const short = (language ?? "").slice(0, 2).toLowerCase();
  return short in LANGUAGES ? (short as Language) : null;
}

async function load(language: Language): Promise<void> {
  const { default: catalogues } = await loaders[language]();
  for (const [name, words] of Object.entries(catalogues)) {
    i18next.addResourceBundle(language, name, words, true, true);
  }
}

/** Start with the language last used here, else the browser's, else English. */
export async function startLanguage(): Promise<void> {
  const language = known(localStorage.getItem(KEPT)) ?? known(navigator.language) ?? "en";
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    ns: ["frame"],
    defaultNS: "frame",
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await turnTo(language);
}

async function turnTo(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  localStorage.setItem(KEPT, language);
}

/** Change the language of the pages; an unknown one is left alone. */
export async function speak(language: string): Promise<void> {
  const wanted = known(language);
  if (wanted && wanted !== i18next.language) await turnTo(wanted);
}
