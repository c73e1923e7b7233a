import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Timeseries } from "@/api/types";
import { clock, date, percent, shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { usePhone } from "@/ui/use-media";
import { type ChartOptions, failureOptions, lineOptions } from "./chart-options";
import { type Metric, metricLines, splitRunning } from "./metric";
import type { Range } from "./queries";

interface TrafficChartProps {
  data: Timeseries;
  metric: Metric;
  range: Range;
}

/**
 * Lines above, failures as bars in a strip of their own below, on one time axis; a crosshair by pointer, finger or arrow keys.
 * Its canvases take their colours when mounted: give it the theme as key.
 */
export function TrafficChart({ data, metric, range }: TrafficChartProps) {
  const { t, language } = useText();
  const phone = usePhone();
  const lineBox = useRef<HTMLDivElement>(null);
  const failBox = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLElement>(null);
  const plots = useRef<{ line: uPlot; fail: uPlot } | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const { points } = data;
  const columns = useMemo(() => chartColumns(data, metric), [data, metric]);
  const latest = useRef(columns);
  latest.current = columns;

  useEffect(() => {
    if (!lineBox.current || !failBox.current) return;
    const options: ChartOptions = {
      width: lineBox.current.clientWidth,
      lineHeight: phone ? 160 : 196,
      metric,
      range,
      language,
      failureLabel: t("console.chart.failures"),
      onIndex: setIndex,
      onDraw: (plot) => placeHead(plot, head.current, metric),
    };
    const line = new uPlot(lineOptions(options), latest.current.line, lineBox.current);
    const fail = new uPlot(failureOptions(options), latest.current.fail, failBox.current);
    plots.current = { line, fail };
    const observer = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      if (width === 0) return;
      line.setSize({ width, height: line.height });
      fail.setSize({ width, height: fail.height });
    });
    observer.observe(lineBox.current);
    return () => {
      observer.disconnect();
      line.destroy();
      fail.destroy();
      plots.current = null;
    };
  }, [metric, range, language, phone, t]);

  useEffect(() => {
    plots.current?.line.setData(columns.line);
    plots.current?.fail.setData(columns.fail);
  }, [columns]);

  const goTo = (next: number | null) => {
    const both = plots.current;
    if (!both) return;
    const x = next === null ? undefined : columns.line[0][next];
    const left = x === undefined ? -10 : both.line.valToPos(x, "x");
    both.line.setCursor({ left, top: next === null ? -10 : 10 });
    both.fail.setCursor({ left, top: next === null ? -10 : 10 });
    setIndex(next);
  };
  const leave = useRef(() => {});
  leave.current = () => goTo(null);
  const box = useRef<HTMLDivElement>(null);
  const shown = index !== null;
  useEffect(() => {
    if (!shown) return;
    const outside = ({ target }: Event) => target instanceof Node && !box.current?.contains(target) && leave.current();
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [shown]);
  /** A finger on the chart moves the crosshair, which stays where it is lifted, until another place is touched. */
  const scrub = (event: PointerEvent) => {
    const line = plots.current?.line;
    if (event.pointerType === "mouse" || !line) return;
    const { left, width } = line.over.getBoundingClientRect();
    goTo(line.posToIdx(Math.min(width, Math.max(0, event.clientX - left))));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = points.length - 1;
    const from = index ?? last + 1;
    const target = { ArrowLeft: from - 1, ArrowRight: index === null ? 0 : from + 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") goTo(null);
    if (target === undefined) return;
    event.preventDefault();
    goTo(Math.min(last, Math.max(0, target)));
  };

  const what = t(metric === "success" ? "console.chart.success" : metric === "tokens" ? "console.tiles.tokens" : "console.chart.requests");
  const rangeText = t(`console.chart.last.${range}`);
  const empty = points.every((point) => point.requests === 0);
  return (
    <div className="relative h-full">
      <div
        ref={box}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the crosshair
        tabIndex={0}
        aria-label={t("console.chart.describe", { range: rangeText, what })}
        className="chart relative h-full rounded-small"
        onKeyDown={onKeyDown}
        onPointerDown={scrub}
        onPointerMove={scrub}
        onBlur={() => goTo(null)}
      >
        <div ref={lineBox} aria-hidden="true" />
        <div ref={failBox} aria-hidden="true" />
        <i ref={head} className="live-head" hidden={metric !== "requests" || empty} />
        {empty && (
          <p className="pointer-events-none absolute inset-x-0 top-20 text-center text-small text-ink-2">{t("console.chart.empty")}</p>
        )}
        {index !== null && points[index] && (
          <Tip
            point={points[index]}
            step={data.step_seconds}
            metric={metric}
            range={range}
            at={tipPlace(plots.current?.line, index)}
            running={index === points.length - 1}
          />
        )}
      </div>
      <ChartTable data={data} range={range} caption={t("console.chart.table", { range: rangeText })} />
    </div>
  );
}

function chartColumns(data: Timeseries, metric: Metric): { line: uPlot.AlignedData; fail: uPlot.AlignedData } {
  const times = data.points.map((point) => Date.parse(point.t) / 1000);
  return {
    line: [times, ...splitRunning(metricLines(metric, data.points))],
    fail: [times, data.points.map((point) => point.failures || null)],
  };
}

function placeHead(plot: uPlot, head: HTMLElement | null, metric: Metric): void {
  const x = plot.data[0].at(-1);
  const y = plot.data[2]?.at(-1); // of the step that still runs
  if (!head || metric !== "requests" || x === undefined || y === undefined || y === null) return;
  head.style.left = `${plot.valToPos(x, "x") + plot.over.offsetLeft}px`;
  head.style.top = `${plot.valToPos(y, "y") + plot.over.offsetTop}px`;
}

/** Where the tooltip stands: left of the crosshair in the right half, right of it in the left half. */
function tipPlace(plot: uPlot | undefined, index: number): { left: number; flip: boolean } {
  const x = plot?.data[0][index];
  if (!plot || x === undefined) return { left: 0, flip: false };
  const left = plot.valToPos(x, "x") + plot.over.offsetLeft;
  return { left, flip: left > plot.width / 2 };
}

interface TipProps {
  point: Timeseries["points"][number];
  step: number;
  metric: Metric;
  range: Range;
  at: { left: number; flip: boolean };
  /** Whether the step still runs. */
  running: boolean;
}

function Tip({ point, step, metric, range, at, running }: TipProps) {
  const { t, language } = useText();
  const figure = (value: number) => (value < 1_000_000 ? whole(value) : shortText(value, language));
  return (
    <div
      className="tip pointer-events-none absolute z-10 max-md:inset-x-0! max-md:top-0! max-md:mx-auto max-md:w-max max-md:transform-none!"
      role="status"
      style={{ left: at.left, top: 56, transform: at.flip ? "translateX(calc(-100% - 14px))" : "translateX(14px)" }}
    >
      <p className="mb-0.5 text-ink-3">
        {useBucketText(point.t, step, range)}
        {running && ` · ${t("console.chart.soFar")}`}
      </p>
      {metric === "requests" && <TipLine swatch="bg-series-1" label={t("console.chart.requests")} value={figure(point.requests)} />}
      {metric === "success" && (
        <TipLine
          swatch="bg-series-1"
          label={t("console.chart.success")}
          value={point.requests > 0 ? `${percent(1 - point.failures / point.requests, 2)}%` : "—"}
        />
      )}
      {metric === "tokens" && (
        <>
          <TipLine swatch="bg-series-1" label={t("console.chart.input")} value={figure(point.input_tokens)} />
          <TipLine swatch="bg-series-2" label={t("console.chart.output")} value={figure(point.output_tokens)} />
        </>
      )}
      <TipLine swatch="bg-series-fail" bar label={t("console.chart.failures")} value={figure(point.failures)} />
    </div>
  );
}

function TipLine({ swatch, label, value, bar }: { swatch: string; label: string; value: string; bar?: boolean }) {
  return (
    <p className="flex items-center gap-2 text-ink-2">
      <i className={`rounded-[2px] ${swatch} ${bar ? "mx-[5px] h-3 w-1" : "h-[3px] w-3.5"}`} aria-hidden="true" />
      {label}
      <b className="ml-auto pl-4.5 font-semibold text-ink">{value}</b>
    </p>
  );
}

/** "今天 15:00 – 15:20" for short steps, the date for whole days. */
function useBucketText(start: string, step: number, range: Range): string {
  const { t, language } = useText();
  const from = new Date(start);
  const now = Date.now();
  const days = Math.round((startOfDay(now) - startOfDay(from.getTime())) / 86_400_000);
  const day = days === 0 ? t("console.chart.today") : days === 1 ? t("console.chart.yesterday") : date(start, now, language);
  if (range === "30d" && step >= 86_400) return day;
  return `${day} ${clock(from)} – ${clock(from.getTime() + step * 1000)}`;
}

function startOfDay(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}

/** The same numbers for those who read with their ears. */
function ChartTable({ data, range, caption }: { data: Timeseries; range: Range; caption: string }) {
  const { t, language } = useText();
  const now = Date.now();
  return (
    <div className="sr-only">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t("console.chart.time")}</th>
            <th scope="col">{t("console.chart.requests")}</th>
            <th scope="col">{t("console.chart.failures")}</th>
            <th scope="col">{t("console.chart.input")}</th>
            <th scope="col">{t("console.chart.output")}</th>
          </tr>
        </thead>
        <tbody>
          {data.points.map((point) => (
            <tr key={point.t}>
              <th scope="row">
                {range === "1h" || range === "24h" ? clock(point.t) : `${date(point.t, now, language)} ${clock(point.t)}`}
              </th>
              <td>{whole(point.requests)}</td>
              <td>{whole(point.failures)}</td>
              <td>{whole(point.input_tokens)}</td>
              <td>{whole(point.output_tokens)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
