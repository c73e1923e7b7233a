import { type ReactNode, useId } from "react";
import { classNames } from "./class-names";

interface RadioCardsProps {
  label: string;
  value: string;
  /** A mark says something of one of them, such as that it is the usual one. */
  options: readonly { value: string; name: string; hint: string; drawing: ReactNode; mark?: string | undefined }[];
  disabled?: boolean;
  onChange: (value: string) => void;
}

/** A choice of a few, each with a drawing and a sentence. Native radios lie under the cards, so arrow keys choose. */
export function RadioCards({ label, value, options, disabled, onChange }: RadioCardsProps) {
  const name = useId();
  return (
    <fieldset className={classNames("radio-cards", options.length === 2 && "radio-cards-2")} aria-label={label} disabled={disabled}>
      {options.map((option) => (
        <label key={option.value} className="radio-card">
          <input
            type="radio"
            className="sr-only"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.drawing}
          <span className="radio-card-name">
            {option.name}
            {option.mark && <span className="text-caption font-normal text-ink-3">{option.mark}</span>}
            <i aria-hidden="true" />
          </span>
          <span className="radio-card-hint">{option.hint}</span>
        </label>
      ))}
    </fieldset>
  );
}
