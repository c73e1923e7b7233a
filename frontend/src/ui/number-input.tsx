import { useEffect, useState } from "react";
import { classNames } from "./class-names";

interface NumberInputProps {
  id?: string;
  label: string;
  unit: string;
  value: number;
  /** Gets NaN where the text is no number. */
  onChange: (value: number) => void;
  bad?: boolean;
  describedBy?: string | undefined;
  disabled?: boolean;
  wide?: boolean;
}

/** A short number with its unit inside the field. What is typed stays as typed until it leaves the field. */
export function NumberInput({ id, label, unit, value, onChange, bad, describedBy, disabled, wide }: NumberInputProps) {
  const [text, setText] = useState(shown(value));
  useEffect(() => {
    setText((now) => (Object.is(read(now), value) ? now : shown(value)));
  }, [value]);
  return (
    <span className={classNames("field stepper", wide && "stepper-wide")} data-bad={bad || undefined}>
      <input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        aria-label={`${label} (${unit})`}
        aria-invalid={bad || undefined}
        aria-describedby={describedBy}
        disabled={disabled}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onChange(read(event.target.value));
        }}
      />
      <span aria-hidden="true">{unit}</span>
    </span>
  );
}

function read(text: string): number {
  const clean = text.trim().replaceAll(",", "").replace("−", "-");
  return clean === "" ? Number.NaN : Number(clean);
}

function shown(value: number): string {
  return Number.isNaN(value) ? "" : String(Math.round(value * 100) / 100);
}
