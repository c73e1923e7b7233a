/** How hard a text is to guess. */
export type Strength = "weak" | "fair" | "strong";

const kinds: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/, 33],
  [/[^\x20-\x7e]/, 1000],
];

/** A rough measure in bits: what repeats or goes on by ones, as in "aaaa" or "1234", counts for little. */
export function strengthOf(text: string): Strength {
  const signs = kinds.reduce((sum, [kind, count]) => sum + (kind.test(text) ? count : 0), 0);
  const codes = [...text].map((sign) => sign.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, index) => `${codes[index]} ${code - (codes[index] ?? 0)}`));
  const surprises = codes.filter((code, index) => index === 0 || Math.abs(code - (codes[index - 1] ?? 0)) > 1).length;
  const bits = Math.min(surprises, steps.size + 1) * Math.log2(signs || 1);
  return bits < 50 ? "weak" : bits < 80 ? "fair" : "strong";
}
