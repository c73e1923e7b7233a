import { expect, test } from "vitest";
import { equationOf } from "./capacity";

const equation = (projects: number, unknown: number, ...limits: number[]) =>
  equationOf(
    {
      projects,
      unknown,
      rpm_used: 3,
      rpm_limit: limits.reduce((sum, limit) => sum + limit, 0),
      rpm_least: Math.min(...limits),
      rpm_most: Math.max(...limits),
    },
    "en",
  );

test("projects multiply a limit", () => {
  expect(equation(4, 0, 10, 10, 10, 10)).toEqual({ each: "10", total: "40" });
});

test("unequal limits stand as a range, and are summed up", () => {
  expect(equation(2, 0, 10, 1500)).toEqual({ each: "10–1,500", total: "1,510" });
});

test("where some limits are not known the sum is at least that of the others", () => {
  expect(equation(3, 1, 10, 10)).toEqual({ each: "10", total: "≥ 20" });
});

test("nothing is said of a sum where no limit is known, or no project serves", () => {
  expect(equation(3, 3, 0)).toEqual({ each: undefined, total: undefined });
  expect(equation(0, 0, 0)).toEqual({ each: undefined, total: undefined });
});

test("large sums are shortened", () => {
  expect(equation(2, 0, 150_000, 1_500_000)).toEqual({ each: "150k–1.5M", total: "1.7M" });
});
