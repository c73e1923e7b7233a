import type { CSSProperties } from "react";

interface SliderProps {
  label: string;
  value: number;
  least: number;
  most: number;
  step: number;
  /** The value in words, for those who hear it. */
  valueText: string;
  scale?: "log" | undefined;
  disabled?: boolean;
  onChange: (value: number) => void;
}

const positions = 1000;

/** A native range with our looks. With a log scale small values get more room, and it stops at round ones. */
export function Slider({ label, value, least, most, step, valueText, scale, disabled, onChange }: SliderProps) {
  const known = Number.isNaN(value) ? least : Math.min(most, Math.max(least, value));
  const at = scale ? toPosition(known, least, most, step) : known;
  const share = scale ? at / positions : (known - least) / (most - least);
  return (
    <input
      type="range"
      className="slider"
      aria-label={label}
      aria-valuetext={valueText}
      disabled={disabled}
      min={scale ? 0 : least}
      max={scale ? positions : most}
      step={scale ? 1 : step}
      value={at}
      style={{ "--share": share } as CSSProperties}
      onKeyDown={(event) => {
        const by = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step }[event.key];
        if (by === undefined || !scale) return;
        event.preventDefault();
        onChange(Math.min(most, Math.max(least, known + by)));
      }}
      onChange={(event) => {
        const next = Number(event.target.value);
        onChange(scale ? fromPosition(next, least, most, step) : next);
      }}
    />
  );
}

function toPosition(value: number, least: number, most: number, step: number): number {
  return Math.round((Math.log1p((value - least) / step) / Math.log1p((most - least) / step)) * positions);
}

/** The value under a position, rounded to two leading digits. */
export function fromPosition(position: number, least: number, most: number, step: number): number {
  if (position >= positions) return most;
  const steps = Math.expm1((position / positions) * Math.log1p((most - least) / step));
  const raw = least / step + steps;
  const grain = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(raw)))) - 1);
  return Math.min(most, Math.max(least, Math.round(raw / grain) * grain * step));
}
