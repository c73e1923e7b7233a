import type { Language } from "../src/text/format.ts";
import { mergeTexts, type TextFunction, type TextKey, type Texts, type TextValues, translator } from "../src/text/translate.ts";

type Files = Record<string, Record<string, Texts>>;

/** The page's own catalogs, so that a walk finds things by their names in any language, and follows when the words change. */
const files: Record<Language, Files> = {
  "zh-CN": import.meta.glob(["../src/text/zh.ts", "../src/text/zh/*.ts"], { eager: true }),
  en: import.meta.glob(["../src/text/en.ts", "../src/text/en/*.ts"], { eager: true }),
};

/** What finds a text whose places are not all known: every place without a value stands for anything. */
export type Likeness = (key: TextKey, values?: TextValues) => RegExp;

export interface Words {
  t: TextFunction;
  like: Likeness;
}

/** The texts of one language. */
export function wordsOf(language: Language): Words {
  const texts: Texts = {};
  for (const file of Object.values(files[language])) for (const part of Object.values(file)) mergeTexts(texts, part);
  const translate = translator(texts, language);
  // A text that is missing would be looked for under its own key, and never be found.
  const t: TextFunction = (key, values) => {
    const text = translate(key, values);
    if (text === key) throw new Error(`no text ${key} in ${language}`);
    return text;
  };
  const numbers = new Intl.NumberFormat(language);
  const like: Likeness = (key, values = {}) => {
    const forms = [key, `${key}_one`, `${key}_other`].flatMap((name) => {
      const text = translate(name as TextKey);
      return text === name ? [] : [text];
    });
    if (forms.length === 0) throw new Error(`no text ${key} in ${language}`);
    const patterns = forms.map((text) =>
      text
        .replace(/<\/?\w+>/g, "")
        .split(/(\{\{\w+(?:, number)?\}\})/)
        .map((part) => {
          const place = /^\{\{(\w+)(, number)?\}\}$/.exec(part);
          if (!place) return escaped(part);
          const value = values[place[1] ?? ""];
          if (value === undefined) return ".+?";
          return escaped(place[2] && typeof value === "number" ? numbers.format(value) : String(value));
        })
        .join(""),
    );
    return new RegExp([...new Set(patterns)].join("|"));
  };
  return { t, like };
}

/** A text as a pattern that means it alone. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
