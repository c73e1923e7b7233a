import { useQuery } from "@tanstack/react-query";
import type { GeminiKey } from "@/api/types";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { keyHoursQuery } from "./queries";

const width = 72;
const height = 20;

interface Hours {
  requests: readonly number[];
  /** The busiest hour of any key in sight: all lines have one scale, so that they compare. */
  most: number;
}

/** Reads when the keys in sight served in the last day; gives a key's line, or nothing while it is not known or flat. */
export function useSparklines(keys: readonly GeminiKey[]): (id: number) => Hours | undefined {
  // Any order of the same keys is one question.
  const hours = useQuery(keyHoursQuery(keys.map((key) => key.id).toSorted((a, b) => a - b)));
  const most = Math.max(1, ...[...(hours.data?.values() ?? [])].flat());
  return (id) => {
    const requests = hours.data?.get(id);
    return requests && { requests, most };
  };
}

interface SparklineProps {
  of: Hours | undefined;
  dim: boolean;
  className?: string;
}

/** A key's last day by the hour. Its place is kept where there is nothing to draw; the figure beside it says how much it was. */
export function Sparkline({ of, dim, className }: SparklineProps) {
  const { t } = useText();
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      className={classNames("h-5 w-18 flex-none", dim ? "text-ink-3" : "text-series-1", className)}
      aria-hidden="true"
    >
      <title>{t("keys.lastDay")}</title>
      <path d={linePath(of)} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" opacity={of ? 1 : 0.4} />
      {of && <path d={`${linePath(of)}V${height}H0Z`} fill="currentColor" opacity="0.16" />}
    </svg>
  );
}

function linePath(of: Hours | undefined): string {
  if (!of) return `M0 ${height - 1}H${width}`;
  const step = width / (of.requests.length - 1);
  const points = of.requests.map((count, hour) => {
    const y = height - 1 - (count / of.most) * (height - 2);
    return `${Math.round(hour * step * 10) / 10} ${Math.round(y * 10) / 10}`;
  });
  return `M${points.join("L")}`;
}
