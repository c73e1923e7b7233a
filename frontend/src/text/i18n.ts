import { useEffect, useState } from "react";
import { Store, useStore } from "@/api/store";
import type { Language } from "./format";
import { mergeTexts, type TextFunction, type Texts, translator } from "./translate";

type Loader = Record<Language, () => Promise<Texts>>;

/** What every page needs is "core"; the other parts come with their page. */
const parts = {
  core: { "zh-CN": () => import("./zh").then((file) => file.zh), en: () => import("./en").then((file) => file.en) },
  keys: { "zh-CN": () => import("./zh/keys").then((file) => file.keys), en: () => import("./en/keys").then((file) => file.keys) },
  plan: {
    "zh-CN": () => import("./zh/plan").then((file) => file.plan),
    en: () => import("./en/plan").then((file) => file.plan),
  },
  login: { "zh-CN": () => import("./zh/login").then((file) => file.login), en: () => import("./en/login").then((file) => file.login) },
  guide: { "zh-CN": () => import("./zh/guide").then((file) => file.guide), en: () => import("./en/guide").then((file) => file.guide) },
  settings: {
    "zh-CN": () => import("./zh/settings").then((file) => file.settings),
    en: () => import("./en/settings").then((file) => file.settings),
  },
  requests: {
    "zh-CN": () => import("./zh/requests").then((file) => file.requests),
    en: () => import("./en/requests").then((file) => file.requests),
  },
  models: {
    "zh-CN": () => import("./zh/models").then((file) => file.models),
    en: () => import("./en/models").then((file) => file.models),
  },
  playground: {
    "zh-CN": () => import("./zh/playground").then((file) => file.playground),
    en: () => import("./en/playground").then((file) => file.playground),
  },
  system: {
    "zh-CN": () => import("./zh/system").then((file) => file.system),
    en: () => import("./en/system").then((file) => file.system),
  },
  files: {
    "zh-CN": () => import("./zh/files").then((file) => file.files),
    en: () => import("./en/files").then((file) => file.files),
  },
  palette: {
    "zh-CN": () => import("./zh/palette").then((file) => file.palette),
    en: () => import("./en/palette").then((file) => file.palette),
  },
} satisfies Record<string, Loader>;

export type TextPart = keyof typeof parts;

const loaded = new Set<TextPart>();
const texts: Record<Language, Texts> = { "zh-CN": {}, en: {} };
const functions: Record<Language, TextFunction> = { "zh-CN": translator(texts["zh-CN"], "zh-CN"), en: translator(texts.en, "en") };
const shown = new Store<Language>("zh-CN");

/** Starts with the language that theme.js chose before the first paint; loads that one's text alone. */
export async function startText(): Promise<void> {
  shown.set(document.documentElement.lang === "en" ? "en" : "zh-CN");
  await loadText("core");
}

/** Loads one part's text in the page's language; await it before what uses it is shown. */
export async function loadText(part: TextPart): Promise<void> {
  // A change of language while this loads would leave the part missing in the new one.
  for (let language = shown.get(); ; language = shown.get()) {
    await add(part, language);
    loaded.add(part);
    if (language === shown.get()) return;
  }
}

/** Switches the language of the page and remembers it. */
export async function changeLanguage(language: Language): Promise<void> {
  await Promise.all([...loaded].map((part) => add(part, language)));
  shown.set(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem("language", language);
  } catch {
    // Storage may be blocked; the choice then lasts as long as the page.
  }
}

/** The text function of the language that is not shown, for searches; undefined until it is wanted and has loaded. */
export function useOtherText(part: TextPart, wanted: boolean): TextFunction | undefined {
  const other = useStore(shown) === "en" ? "zh-CN" : "en";
  const [there, setThere] = useState<Language>();
  useEffect(() => {
    if (wanted)
      void add(part, other).then(
        () => setThere(other),
        () => undefined,
      ); // without it, one language is searched
  }, [part, other, wanted]);
  return there === other ? functions[other] : undefined;
}

async function add(part: TextPart, language: Language): Promise<void> {
  mergeTexts(texts[language], await parts[part][language]());
}

/** The text function and the language of the page. */
export function useText(): { t: TextFunction; language: Language } {
  const language = useStore(shown);
  return { t: functions[language], language };
}
