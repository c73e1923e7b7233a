import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type CSSProperties, lazy, type ReactNode, Suspense, useState } from "react";
import type { Overview } from "@/api/types";
import { percent, secondsFigure, short, shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Skeleton } from "@/ui/states";
import { useTheme } from "@/ui/use-theme";
import { isYoung, type Metric, metricSums } from "./metric";
import { type Range, ranges, timeseriesQuery } from "./queries";
import { type ConsoleSearch, partOf, searchOf } from "./search";
import { TrafficPart } from "./traffic-part";

const loadChart = () => import("./traffic-chart");
const TrafficChart = lazy(() => loadChart().then((file) => ({ default: file.TrafficChart })));
loadChart().catch(() => undefined); // asked for at once, to come while the figures do

const refreshMs: Record<Range, number> = { "1h": 5_000, "24h": 15_000, "7d": 60_000, "30d": 60_000 };

/** The day's figures, three of which choose what the chart below them draws. */
export function TrafficCard({ overview, className }: { overview: Overview; className: string }) {
  const { t } = useText();
  const { metric = "requests" } = useSearch({ from: "/shell/" });
  const change = useChange();
  return (
    <section className={`glass min-w-0 ${className}`} aria-label={t("console.tiles.label")}>
      <Tiles overview={overview} metric={metric} onMetric={(next) => change({ metric: next })} />
      <Chart metric={metric} />
    </section>
  );
}

/** Changes what the address says of the chart. */
function useChange() {
  const navigate = useNavigate({ from: "/" });
  return (change: Partial<ConsoleSearch>) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false });
}

interface TilesProps {
  overview: Overview;
  metric: Metric;
  onMetric: (metric: Metric) => void;
}

function Tiles({ overview, metric, onMetric }: TilesProps) {
  const { t, language } = useText();
  const { today, yesterday } = overview;
  const compare = useComparison(today.requests, yesterday.requests);
  const tokens = short(today.input_tokens + today.output_tokens, language);
  const requests = today.requests < 1_000_000 ? { figure: whole(today.requests), unit: "" } : short(today.requests, language);
  const latency = latencyFigures(today);
  const chosen = (one: Metric) => ({ pressed: one === metric, onClick: () => onMetric(one) });
  return (
    <div className="grid grid-cols-2 border-b border-line md:grid-cols-4">
      <Tile label={t("console.tiles.requests")} detail={compare} chars={requests.figure.length} {...chosen("requests")}>
        <Amount {...requests} />
      </Tile>
      <Tile
        label={t("console.tiles.success")}
        detail={today.requests === 0 ? t("console.tiles.none") : t("console.tiles.failures", { count: today.failures })}
        chars={6}
        {...chosen("success")}
      >
        {today.requests === 0 ? "—" : <Amount figure={percent(1 - today.failures / today.requests, 2)} unit="%" />}
      </Tile>
      <Tile
        label={t("console.tiles.latency")}
        detail={<LatencyDetail today={today} yesterday={yesterday} />}
        chars={latency ? latency.p50.length + latency.p95.length + 2.6 : 1}
      >
        {latency ? <LatencyFigures {...latency} /> : "—"}
      </Tile>
      <Tile
        label={t("console.tiles.tokens")}
        detail={t("console.tiles.inOut", { in: shortText(today.input_tokens, language), out: shortText(today.output_tokens, language) })}
        chars={tokens.figure.length + 1}
        {...chosen("tokens")}
      >
        <Amount {...tokens} />
      </Tile>
    </div>
  );
}

function useComparison(now: number, before: number): string {
  const { t } = useText();
  if (before === 0) return t(now === 0 ? "console.tiles.none" : "console.tiles.noYesterday");
  const change = Math.round((now / before - 1) * 100);
  if (change === 0) return t("console.tiles.same");
  return t(change > 0 ? "console.tiles.more" : "console.tiles.fewer", { percent: whole(Math.abs(change)) });
}

/** Both figures in one unit: milliseconds where even the slow end is below a tenth of a second. */
function latencyFigures({ latency_p50_seconds: p50, latency_p95_seconds: p95 }: Overview["today"]) {
  if (p50 === null || p95 === null) return undefined;
  const quick = p95 < 0.1;
  const figure = (seconds: number) => (quick ? whole(seconds * 1000) : secondsFigure(seconds));
  return { p50: figure(p50), p95: figure(p95), unit: quick ? ("unit.milliseconds" as const) : ("unit.seconds" as const) };
}

function LatencyFigures({ p50, p95, unit }: NonNullable<ReturnType<typeof latencyFigures>>) {
  const { t } = useText();
  return (
    <>
      {p50}
      <span className="mx-[0.2em] text-[0.7em] font-normal text-ink-3">/</span>
      <Amount figure={p95} unit={t(unit)} />
    </>
  );
}

function LatencyDetail({ today, yesterday }: Pick<Overview, "today" | "yesterday">) {
  const { t } = useText();
  if (today.latency_p95_seconds === null) return t("console.tiles.noLatency");
  if (yesterday.latency_p95_seconds === null) return t("console.tiles.noYesterday");
  const change = today.latency_p95_seconds - yesterday.latency_p95_seconds;
  if (Math.abs(change) < 0.05) return t("console.tiles.sameLatency");
  return t(change < 0 ? "console.tiles.faster" : "console.tiles.slower", { seconds: Math.abs(change).toFixed(1) });
}

interface TileProps {
  label: string;
  detail: ReactNode;
  /** About how many digits wide the figure is; it shrinks where the tile has not that much room. */
  chars: number;
  children: ReactNode;
  pressed?: boolean;
  onClick?: () => void;
}

function Tile({ label, detail, chars, children, pressed, onClick }: TileProps) {
  const content = (
    <>
      <span className="block text-small whitespace-nowrap text-ink-2">{label}</span>
      <span className="figure" style={{ "--chars": chars } as CSSProperties}>
        <span>{children}</span>
      </span>
      <span className="cut block text-caption text-ink-3">{detail}</span>
    </>
  );
  const style =
    "relative min-w-0 px-(--pad) pt-4 pb-[15px] text-left max-md:pt-[13px] max-md:pr-2 max-md:pb-3 max-md:nth-[n+3]:border-t max-md:nth-[n+3]:border-line not-first:before:absolute not-first:before:inset-y-4.5 not-first:before:left-0 not-first:before:w-px not-first:before:bg-line max-md:nth-3:before:hidden";
  if (!onClick) return <div className={style}>{content}</div>;
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onClick}
      className={classNames(
        style,
        "transition-colors duration-[120ms] first:rounded-tl-card hover:bg-hover focus-visible:-outline-offset-2 after:absolute after:right-(--pad) after:-bottom-px after:left-(--pad) after:h-0.5 after:rounded-t-[2px] md:last:rounded-tr-card",
        pressed && "after:bg-series-1",
      )}
    >
      {content}
    </button>
  );
}

function Amount({ figure, unit }: { figure: string; unit: string }) {
  return (
    <>
      {figure}
      {unit && <small className="ml-0.5 text-[0.54em] leading-none font-medium tracking-normal text-ink-2">{unit}</small>}
    </>
  );
}

function Chart({ metric }: { metric: Metric }) {
  const { t } = useText();
  const theme = useTheme();
  const search = useSearch({ from: "/shell/" });
  const change = useChange();
  const [start, setStart] = useState<Range>();
  const range = search.range ?? start ?? "24h";
  const part = partOf(search);
  const series = useQuery({ ...timeseriesQuery(range, part), refetchInterval: refreshMs[range] });
  const undecided = search.range === undefined && start === undefined;
  // A gateway's first hour would be a spike at the edge of its first day.
  if (undecided && series.data) setStart(!part && isYoung(series.data) ? "1h" : "24h");
  return (
    <>
      <div className="flex items-center gap-x-4 gap-y-2.5 px-(--pad) pt-3 pb-1.5 max-md:flex-wrap">
        <Legend metric={metric} sums={series.data && metricSums(series.data)} />
        <span className="ml-auto flex min-w-0">
          <TrafficPart range={range} part={part} onPart={(next) => change(searchOf(next))} />
        </span>
        <fieldset className="segmented max-md:w-full" aria-label={t("console.chart.range")}>
          {ranges.map((one) => (
            <button key={one} type="button" className="max-md:flex-1" aria-pressed={one === range} onClick={() => change({ range: one })}>
              {one}
            </button>
          ))}
        </fieldset>
      </div>
      <div className="h-[282px] pr-(--pad) pb-3 pl-2 max-md:h-[246px]">
        {series.data && !undecided ? (
          <Suspense fallback={<Skeleton className="ml-10 h-full" />}>
            <TrafficChart key={theme} data={series.data} metric={metric} range={range} />
          </Suspense>
        ) : series.isError ? (
          <div className="flex h-full flex-col items-center justify-center gap-3 text-ink-2" role="alert">
            {t("console.chart.failed")}
            <Button small onClick={() => void series.refetch()}>
              {t("action.retry")}
            </Button>
          </div>
        ) : (
          <Skeleton className="ml-10 h-full" />
        )}
      </div>
    </>
  );
}

function Legend({ metric, sums }: { metric: Metric; sums: ReturnType<typeof metricSums> | undefined }) {
  const { t, language } = useText();
  const figure = (value: number | undefined) => (value === undefined ? "" : value < 1_000_000 ? whole(value) : shortText(value, language));
  return (
    <>
      {metric === "requests" && <LegendItem swatch="bg-series-1" label={t("console.chart.requests")} value={figure(sums?.requests)} />}
      {metric === "success" && (
        <LegendItem
          swatch="bg-series-1"
          label={t("console.chart.success")}
          value={sums && sums.requests > 0 ? `${percent(1 - sums.failures / sums.requests, 2)}%` : "—"}
        />
      )}
      {metric === "tokens" && (
        <>
          <LegendItem swatch="bg-series-1" label={t("console.chart.input")} value={figure(sums?.input)} />
          <LegendItem swatch="bg-series-2" label={t("console.chart.output")} value={figure(sums?.output)} />
        </>
      )}
      <LegendItem swatch="bg-series-fail" bar label={t("console.chart.failures")} value={figure(sums?.failures)} />
    </>
  );
}

function LegendItem({ swatch, label, value, bar }: { swatch: string; label: string; value: string; bar?: boolean }) {
  return (
    <span className="inline-flex items-center gap-[7px] text-small whitespace-nowrap text-ink-2">
      <i className={classNames("rounded-[2px]", swatch, bar ? "h-3 w-1" : "h-[3px] w-3.5")} aria-hidden="true" />
      {label}
      <b className="font-medium text-ink">{value}</b>
    </span>
  );
}
