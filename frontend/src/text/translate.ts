import type { Language } from "./format";
import type { zh } from "./zh";
import type { files } from "./zh/files";
import type { guide } from "./zh/guide";
import type { keys } from "./zh/keys";
import type { login } from "./zh/login";
import type { models } from "./zh/models";
import type { palette } from "./zh/palette";
import type { plan } from "./zh/plan";
import type { playground } from "./zh/playground";
import type { requests } from "./zh/requests";
import type { settings } from "./zh/settings";
import type { system } from "./zh/system";

type All = typeof zh &
  typeof plan &
  typeof files &
  typeof guide &
  typeof keys &
  typeof login &
  typeof models &
  typeof palette &
  typeof playground &
  typeof requests &
  typeof settings &
  typeof system;

type WithoutPlural<K extends string> = K extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : K;
type Leaves<T, P extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${WithoutPlural<K>}` : Leaves<T[K], `${P}${K}.`>;
}[keyof T & string];

/** The dotted name of a text, without the ending of its plural form. */
export type TextKey = Leaves<All>;

/** What fills the {{places}} of a text; count also chooses its plural form. */
export type TextValues = Readonly<Record<string, string | number>>;

/** Gives the text of a key in the page's language. */
export type TextFunction = (key: TextKey, values?: TextValues) => string;

/** Texts by their names, nested. */
export interface Texts {
  [name: string]: string | Texts;
}

/** Adds texts to others, in place; two groups of one name become one. */
export function mergeTexts(into: Texts, more: Texts): void {
  for (const [name, value] of Object.entries(more)) {
    const there = into[name];
    if (typeof value === "string") {
      into[name] = value;
      continue;
    }
    const group: Texts = typeof there === "object" ? there : {};
    into[name] = group;
    mergeTexts(group, value);
  }
}

const place = /\{\{(\w+)(, number)?\}\}/g;

/** The text function of one language over its texts, which may grow. A key that has no text is its own text. */
export function translator(texts: Texts, language: Language): TextFunction {
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (key, values) => {
    const count = values?.count;
    const plural = typeof count === "number" ? (at(texts, `${key}_${plurals.select(count)}`) ?? at(texts, `${key}_other`)) : undefined;
    const text = plural ?? at(texts, key) ?? key;
    if (!values) return text;
    return text.replace(place, (whole, name: string, asNumber?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return asNumber && typeof value === "number" ? numbers.format(value) : String(value);
    });
  };
}

function at(texts: Texts, key: string): string | undefined {
  let found: string | Texts | undefined = texts;
  for (const name of key.split(".")) {
    if (typeof found !== "object") return undefined;
    found = found[name];
  }
  return typeof found === "string" ? found : undefined;
}
