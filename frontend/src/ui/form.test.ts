import { expect, it } from "vitest";
import { checkTexts } from "./form";

const check = (values: { name: string; secret: string; weight: string }) =>
  checkTexts({ name: { least: 1, most: 3 }, secret: { least: 2, untrimmed: true }, weight: { pattern: /^\d+$/ } }, values);

it("a sound form comes back trimmed, but for what keeps its blanks", () => {
  expect(check({ name: " 云杉 ", secret: " a", weight: "1" })).toEqual({
    values: { name: "云杉", secret: " a", weight: "1" },
    errors: {},
  });
});

it("each fault is told by its kind, and characters are counted, not code units", () => {
  expect(check({ name: "  ", secret: "a", weight: "x" }).errors).toEqual({
    name: { type: "too_small" },
    secret: { type: "too_small" },
    weight: { type: "pattern" },
  });
  expect(check({ name: "🌲🌲🌲", secret: "ab", weight: "1" }).errors).toEqual({});
  expect(check({ name: "四个字呢", secret: "ab", weight: "1" }).errors).toEqual({ name: { type: "too_big" } });
});
