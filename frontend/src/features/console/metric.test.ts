import { describe, expect, it } from "vitest";
import { metricLines, roundScale } from "./metric";

describe("roundScale", () => {
  it.each([
    [0, [1, 2]],
    [3, [1, 2]],
    [45, [20, 40]],
    [1_900, [800, 1_600]],
    [2_100, [800, 1_600]],
    [2_200, [1_000, 2_000]],
  ])("draws round lines for a most of %d", (most, lines) => {
    const scale = roundScale(most);
    expect(scale.lines).toEqual(lines);
    expect(scale.top).toBeGreaterThan(Math.max(most, lines[1] ?? 0) * 1.04);
  });
});

describe("metricLines", () => {
  const point = (requests: number, failures: number) => ({
    t: "2026-11-23T08:00:00Z",
    requests,
    failures,
    input_tokens: 5,
    output_tokens: 7,
  });

  it("leaves a gap in success where nothing was asked", () => {
    expect(metricLines("success", [point(10, 1), point(0, 0)])).toEqual([[90, null]]);
  });

  it("draws two lines of tokens", () => {
    expect(metricLines("tokens", [point(1, 0)])).toEqual([[5], [7]]);
  });
});
