import type { Timeseries } from "@/api/types";

/** What the chart draws; failures always stand below as bars. */
export const metrics = ["requests", "success", "tokens"] as const;
export type Metric = (typeof metrics)[number];

type Point = Timeseries["points"][number];

/** The lines of a metric, one value a point; null leaves a gap. Success is in percent. */
export function metricLines(metric: Metric, points: readonly Point[]): (number | null)[][] {
  switch (metric) {
    case "requests":
      return [points.map((point) => point.requests)];
    case "success":
      return [points.map((point) => (point.requests > 0 ? (1 - point.failures / point.requests) * 100 : null))];
    case "tokens":
      return [points.map((point) => point.input_tokens), points.map((point) => point.output_tokens)];
  }
}

/** Splits lines where the last step, which still runs, begins: what is over, and the way to what there is so far. */
export function splitRunning(lines: readonly (number | null)[][]): (number | null)[][] {
  const over = lines.map((line) => line.map((value, index) => (index < line.length - 1 ? value : null)));
  const running = lines.map((line) => line.map((value, index) => (index < line.length - 2 ? null : value)));
  return [...over, ...running];
}

/** Where a value stands alone between gaps: a line cannot show it. */
export function lonely(values: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  for (let at = 0; at < values.length; at += 1) {
    const missing = (index: number) => (values[index] ?? null) === null;
    if (!missing(at) && missing(at - 1) && missing(at + 1)) found.push(at);
  }
  return found;
}

/** Whether all requests of a day came in its last hour, or none did: then the hour shows more than the day. */
export function isYoung({ points, to }: Timeseries): boolean {
  const first = points.find((point) => point.requests > 0);
  return !first || Date.parse(to) - Date.parse(first.t) <= 3_600_000;
}

/** The sums over a whole range. */
export function metricSums({ points }: Timeseries): { requests: number; failures: number; input: number; output: number } {
  const sums = { requests: 0, failures: 0, input: 0, output: 0 };
  for (const point of points) {
    sums.requests += point.requests;
    sums.failures += point.failures;
    sums.input += point.input_tokens;
    sums.output += point.output_tokens;
  }
  return sums;
}

/** A scale with two round gridlines: 2100 → {lines: [1000, 2000], top: 2205}. */
export function roundScale(most: number): { lines: [number, number]; top: number } {
  const raw = Math.max(most, 2) / 2.15;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].findLast((factor) => factor * power <= raw) ?? 1) * power;
  const line = Math.max(1, Math.round(step));
  return { lines: [line, line * 2], top: Math.max(most * 1.05, line * 2.2) };
}
