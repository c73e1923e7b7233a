import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import type { Language } from "./format";

const loaders = {
  "zh-CN": () => import("./zh").then((file) => file.zh),
  en: () => import("./en").then((file) => file.en),
};

/** Starts with the language that theme.js chose before the first paint; loads that one's text alone. */
export async function startText(): Promise<void> {
  const language: Language = document.documentElement.lang === "en" ? "en" : "zh-CN";
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: await loaders[language]() } },
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
}

/** Switches the language of the page and remembers it. */
export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await loaders[language]());
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem("language", language);
  } catch {
    // Storage may be blocked; the choice then lasts as long as the page.
  }
}

/** The text function and the language of the page. */
export function useText() {
  const { t, i18n } = useTranslation();
  return { t, language: i18n.language as Language };
}
