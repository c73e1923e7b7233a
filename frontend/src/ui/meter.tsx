import { classNames } from "./class-names";

interface MeterProps {
  label: string;
  /** What the bar shows, in words. */
  valueText: string;
  /** 0 to 1; undefined where the limit is unknown. */
  share: number | undefined;
  /** A progress, of which much is no warning. */
  plain?: boolean;
  /** Of a single key, which rests where it is full, and is not broken: amber goes to the end. */
  calm?: boolean;
}

/** A bar of use: blue, amber from 80 %, red from 95 %. The number stands beside it. */
export function Meter({ label, valueText, share, plain, calm }: MeterProps) {
  const value = Math.min(1, Math.max(0, share ?? 0));
  const colour = plain ? "bg-acc-fill" : value >= 0.95 && !calm ? "bg-bad-fill" : value >= 0.8 ? "bg-rest-fill" : "bg-acc-fill";
  return (
    <div
      className="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(value * 100)}
      aria-valuetext={valueText}
    >
      <i className={classNames(colour)} style={{ width: `${value * 100}%` }} />
    </div>
  );
}
