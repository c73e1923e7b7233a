import { describe, expect, it } from "vitest";
import { isYoung, lonely, metricLines, roundScale, splitRunning } from "./metric";

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

  it("parts the step that still runs from what is over", () => {
    expect(splitRunning([[5, 6, 2]])).toEqual([
      [5, 6, null],
      [null, 6, 2],
    ]);
    expect(splitRunning([[null, 90, null]])).toEqual([
      [null, 90, null],
      [null, 90, null],
    ]);
  });

  it("knows the values that stand alone", () => {
    expect(lonely([90, null, 80, 70, null, null, 100])).toEqual([0, 6]);
    expect(lonely([])).toEqual([]);
  });

  it("takes a gateway for young while its day holds nothing but its last hour", () => {
    const at = (hour: number, requests: number) => ({ ...point(requests, 0), t: `2026-11-23T${String(hour).padStart(2, "0")}:00:00Z` });
    const day = (...points: ReturnType<typeof at>[]) => ({ from: "", to: "2026-11-23T12:00:00Z", step_seconds: 3600, points });
    expect(isYoung(day(at(10, 0), at(11, 0)))).toBe(true);
    expect(isYoung(day(at(10, 0), at(11, 7)))).toBe(true);
    expect(isYoung(day(at(10, 1), at(11, 7)))).toBe(false);
  });

  it("draws two lines of tokens", () => {
    expect(metricLines("tokens", [point(1, 0)])).toEqual([[5], [7]]);
  });
});
