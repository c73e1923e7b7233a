import { expect, it } from "vitest";
import { strengthOf } from "./strength";

it.each([
  ["", "weak"],
  ["aaaaaaaaaaaaaaaaaaaaaaaa", "weak"],
  ["123456789012", "weak"],
  ["abcdefghijklmnop", "weak"],
  ["abababababababab", "weak"],
  ["password", "weak"],
  ["correcthorse", "weak"],
  ["Tr0ub4dor&3", "fair"],
  ["four unrelated words here", "strong"],
  ["山高水长风清月白云起", "strong"],
])("%s is %s", (text, strength) => {
  expect(strengthOf(text)).toBe(strength);
});
