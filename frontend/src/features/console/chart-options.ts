import uPlot from "uplot";
import { clock, type Language, shortText } from "@/text/format";
import { lonely, type Metric, roundScale } from "./metric";
import type { Range } from "./queries";

export interface ChartOptions {
  width: number;
  lineHeight: number;
  metric: Metric;
  range: Range;
  language: Language;
  failureLabel: string;
  /** The point under the crosshair, or null when it left. */
  onIndex: (index: number | null) => void;
  onDraw: (plot: uPlot) => void;
}

const syncKey = "traffic";
const leftSpace = 40;
const axisFont = `11px ${token("--font")}`;

/** The upper plot: lines with a soft area and two gridlines. */
export function lineOptions({ width, lineHeight, metric, language, onIndex, onDraw }: ChartOptions): uPlot.Options {
  const colours = [token("--series-1"), ...(metric === "tokens" ? [token("--series-2")] : [])];
  const line = (stroke: string, more?: uPlot.Series): uPlot.Series => ({
    stroke,
    width: 2,
    paths: spline(),
    points: lonelyPoints(stroke),
    ...more,
  });
  return {
    width,
    height: lineHeight,
    padding: [10, 6, 0, 0],
    legend: { show: false },
    cursor: cursor(metric),
    scales: {
      x: { time: true },
      y: { range: (_plot, least, most) => yRange(metric, least, most) },
    },
    axes: [
      { show: false },
      {
        size: leftSpace,
        gap: 8,
        stroke: token("--ink-3"),
        font: axisFont,
        grid: { stroke: token("--line"), width: 1 },
        ticks: { show: false },
        splits: (plot) => gridlines(metric, plot),
        values: (_plot, splits) => splits.map((value) => (metric === "success" ? `${value}%` : axisNumber(value, language))),
      },
    ],
    series: [
      {},
      ...colours.map((colour, index) => line(colour, index === 0 ? { fill: (plot) => area(plot, colour) } : {})),
      ...colours.map((colour) => line(colour, { dash: [4, 4] })), // the step that still runs
    ],
    hooks: {
      setCursor: [
        (plot) =>
          onIndex(plot.cursor.idx !== null && plot.cursor.idx !== undefined && (plot.cursor.left ?? -1) >= 0 ? plot.cursor.idx : null),
      ],
      draw: [onDraw],
    },
  };
}

/** Dots where a value stands alone. */
function lonelyPoints(stroke: string): uPlot.Series.Points {
  return { show: true, size: 6, width: 0, fill: stroke, filter: (plot, series) => lonely(plot.data[series] ?? []) };
}

const halfLabel = 14;

/** The lower strip: failures as bars, and the time axis of both. */
export function failureOptions({ width, range, language, failureLabel, metric }: ChartOptions): uPlot.Options {
  const bars = uPlot.paths.bars;
  return {
    width,
    height: 70,
    padding: [10, 6, 0, 0],
    legend: { show: false },
    cursor: { ...cursor(metric), points: { show: false } },
    scales: { x: { time: true }, y: { range: (_plot, _least, most) => [0, Math.max(4, most || 0)] } },
    axes: [
      {
        size: 26,
        gap: 7,
        space: 72,
        stroke: token("--ink-3"),
        font: axisFont,
        grid: { show: false },
        ticks: { show: false },
        border: { show: true, stroke: token("--line"), width: 1 },
        values: ({ scales }, splits) => {
          const { min = 0, max = 0 } = scales.x ?? {};
          const last = max - ((max - min) * halfLabel) / (width - leftSpace); // half of a later label would be cut off
          return splits.map((value) => (value > last ? "" : timeLabel(value, range, language)));
        },
      },
      {
        size: leftSpace,
        gap: 8,
        stroke: token("--ink-3"),
        font: axisFont,
        grid: { show: false },
        ticks: { show: false },
        splits: (plot) => [(plot.scales.y?.max ?? 4) / 2],
        values: () => [failureLabel],
      },
    ],
    series: [
      {},
      {
        fill: token("--series-fail"),
        width: 0,
        points: { show: false },
        ...(bars && { paths: bars({ size: [0.6, 8], radius: 0.25 }) }),
      },
    ],
  };
}

function cursor(metric: Metric): uPlot.Cursor {
  return {
    sync: { key: syncKey },
    y: false,
    drag: { setScale: false, x: false, y: false },
    points: { size: 9, width: 2, fill: token("--glass-solid"), stroke: token(metric === "tokens" ? "--ink" : "--series-1") },
  };
}

function yRange(metric: Metric, least: number, most: number): uPlot.Range.MinMax {
  if (metric !== "success") return [0, roundScale(most || 0).top];
  return [successFloor(least), 100.4];
}

/** Success starts its axis where its worst hour is, on a round number, so that 99 and 99.9 can be told apart. */
function successFloor(least: number): number {
  const worst = Number.isFinite(least) ? least : 100;
  return [98, 95, 90, 80, 50].find((floor) => worst >= floor) ?? 0;
}

function gridlines(metric: Metric, plot: uPlot): number[] {
  const { min = 0, max = 1 } = plot.scales.y ?? {};
  if (metric === "success") return [Math.round(((min + 100) / 2) * 10) / 10, 100];
  return roundScale(max / 1.05).lines;
}

function axisNumber(value: number, language: Language): string {
  if (value >= 1_000 && value < 10_000) return language === "en" ? `${value / 1000}k` : String(value);
  return shortText(value, language);
}

function timeLabel(seconds: number, range: Range, language: Language): string {
  const at = new Date(seconds * 1000);
  if (range === "1h" || range === "24h") return clock(at);
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "zh-CN", { month: "numeric", day: "numeric" }).format(at);
}

function spline(): uPlot.Series.PathBuilder {
  const make = uPlot.paths.spline;
  if (!make) throw new Error("this build of uPlot has no spline");
  return make();
}

function area(plot: uPlot, colour: string): CanvasGradient | string {
  const { top, height } = plot.bbox;
  if (!Number.isFinite(top + height) || height === 0) return "transparent";
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  gradient.addColorStop(0, `${colour}4d`);
  gradient.addColorStop(1, `${colour}05`);
  return gradient;
}

/** The present value of a token; colours here are six-digit hex. */
function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
