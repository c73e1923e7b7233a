import { Check, Minus } from "lucide-react";
import { useId } from "react";

interface ToggleProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

interface SwitchControlProps {
  id: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** The switch alone; its label stands elsewhere and points to its id. */
export function SwitchControl({ id, checked, disabled, onChange }: SwitchControlProps) {
  return (
    <button
      type="button"
      role="switch"
      id={id}
      className="switch"
      aria-checked={checked}
      data-state={checked ? "checked" : "unchecked"}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    >
      <span />
    </button>
  );
}

export function Switch({ label, hint, checked, onChange }: ToggleProps & { hint?: string }) {
  const id = useId();
  return (
    <div className="flex items-center gap-3">
      <label htmlFor={id} className="min-w-0 flex-1">
        <span className="block leading-5 font-medium">{label}</span>
        {hint && <span className="block text-caption text-ink-3">{hint}</span>}
      </label>
      <SwitchControl id={id} checked={checked} onChange={onChange} />
    </div>
  );
}

interface CheckMarkProps {
  label: string;
  /** "mixed": some of those it stands for. */
  checked: boolean | "mixed";
  onChange: (checked: boolean) => void;
}

/** A box to check without a text beside it. */
export function CheckMark({ label, checked, onChange }: CheckMarkProps) {
  return (
    <button
      type="button"
      role="checkbox"
      className="check"
      aria-label={label}
      aria-checked={checked}
      data-state={checked === false ? "unchecked" : "checked"}
      onClick={() => onChange(checked !== true)}
    >
      {checked === "mixed" ? (
        <Minus size={14} strokeWidth={2.5} aria-hidden />
      ) : (
        checked && <Check size={14} strokeWidth={2.5} aria-hidden />
      )}
    </button>
  );
}

export function Checkbox({ label, checked, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-1 items-center gap-3">
      <button
        type="button"
        role="checkbox"
        id={id}
        className="check"
        aria-checked={checked}
        data-state={checked ? "checked" : "unchecked"}
        onClick={() => onChange(!checked)}
      >
        {checked && <Check size={14} strokeWidth={2.5} aria-hidden />}
      </button>
      <label htmlFor={id} className="min-w-0 flex-1">
        {label}
      </label>
    </div>
  );
}
