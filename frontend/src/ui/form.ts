import type { FieldErrors, Resolver } from "react-hook-form";

/** What a field of text must be. Lengths are counted in characters, after blanks at its ends are taken off. */
export interface TextRule {
  least?: number;
  most?: number;
  pattern?: RegExp;
  /** Keeps blanks at the ends, as in a password. */
  untrimmed?: boolean;
}

export type TextRules<Name extends string> = Record<Name, TextRule>;

/** Checks a form whose fields are all text. A fault's type is "too_small", "too_big" or "pattern". */
export function texts<Name extends string>(rules: TextRules<Name>): Resolver<Record<Name, string>> {
  return (values) => {
    const clean = { ...values };
    const errors: Partial<Record<Name, { type: string }>> = {};
    for (const name of Object.keys(rules) as Name[]) {
      const rule = rules[name];
      if (!rule.untrimmed) clean[name] = values[name].trim();
      const type = faultOf(clean[name], rule);
      if (type) errors[name] = { type };
    }
    const sound = Object.keys(errors).length === 0;
    return sound ? { values: clean, errors: {} } : { values: {}, errors: errors as FieldErrors<Record<Name, string>> };
  };
}

function faultOf(text: string, { least = 0, most = Number.POSITIVE_INFINITY, pattern }: TextRule): string | undefined {
  const length = [...text].length;
  if (length < least) return "too_small";
  if (length > most) return "too_big";
  return pattern && !pattern.test(text) ? "pattern" : undefined;
}
