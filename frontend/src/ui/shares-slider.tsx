import type { CSSProperties } from "react";

interface SharesSliderProps {
  labels: { lower: string; upper: string };
  lower: number;
  upper: number;
  onChange: (shares: { lower: number; upper: number }) => void;
}

/** Two thumbs on one bar of 0 to 100 %; neither passes the other. The three stretches are free, marked and spared. */
export function SharesSlider({ labels, lower, upper, onChange }: SharesSliderProps) {
  const low = percentOf(lower);
  const high = percentOf(upper);
  return (
    <div className="shares" style={{ "--low": `${low}%`, "--high": `${high}%` } as CSSProperties}>
      <span className="shares-track" aria-hidden="true" />
      <input
        type="range"
        className="slider slider-bare"
        aria-label={labels.lower}
        aria-valuetext={`${low}%`}
        min={0}
        max={100}
        value={low}
        onChange={(event) => onChange({ lower: Math.min(Number(event.target.value), high) / 100, upper: high / 100 })}
      />
      <input
        type="range"
        className="slider slider-bare"
        aria-label={labels.upper}
        aria-valuetext={`${high}%`}
        min={0}
        max={100}
        value={high}
        onChange={(event) => onChange({ lower: low / 100, upper: Math.max(Number(event.target.value), low) / 100 })}
      />
    </div>
  );
}

function percentOf(share: number): number {
  return Number.isNaN(share) ? 0 : Math.round(Math.min(1, Math.max(0, share)) * 100);
}
