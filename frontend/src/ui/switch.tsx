import { Check } from "lucide-react";
import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from "radix-ui";
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
    <RadixSwitch.Root id={id} className="switch" checked={checked} disabled={disabled} onCheckedChange={onChange}>
      <RadixSwitch.Thumb />
    </RadixSwitch.Root>
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

export function Checkbox({ label, checked, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-1 items-center gap-3">
      <RadixCheckbox.Root id={id} className="check" checked={checked} onCheckedChange={(next) => onChange(next === true)}>
        <RadixCheckbox.Indicator>
          <Check size={14} strokeWidth={2.5} aria-hidden />
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
      <label htmlFor={id} className="min-w-0 flex-1">
        {label}
      </label>
    </div>
  );
}
