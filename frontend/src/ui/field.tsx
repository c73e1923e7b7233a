import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "./class-names";

interface LabelledProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  children: (ids: { id: string; describedBy: string | undefined; bad: boolean }) => ReactNode;
  className?: string;
}

/** A label above, and beneath the input its hint or what is wrong with it. */
export function Labelled({ label, hint, error, children, className }: LabelledProps) {
  const id = useId();
  const describedBy = error || hint ? `${id}-hint` : undefined;
  return (
    <div className={classNames("min-w-0", className)}>
      <label htmlFor={id} className="mb-1.5 block text-small font-medium">
        {label}
      </label>
      {children({ id, describedBy, bad: Boolean(error) })}
      {error ? (
        <p id={describedBy} role="alert" className="mt-1.5 text-caption text-bad">
          {error}
        </p>
      ) : (
        hint && (
          <p id={describedBy} className="mt-1.5 text-caption text-ink-3">
            {hint}
          </p>
        )
      )}
    </div>
  );
}

interface TextFieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** What stands after the text, inside the field. */
  after?: ReactNode;
  fieldClassName?: string;
}

export function TextField({ label, hint, error, after, className, fieldClassName, ...input }: TextFieldProps) {
  return (
    <Labelled label={label} hint={hint} error={error} className={className}>
      {({ id, describedBy, bad }) => (
        <span className={classNames("field", fieldClassName)} data-bad={bad || undefined}>
          <input id={id} aria-describedby={describedBy} aria-invalid={bad || undefined} {...input} />
          {after}
        </span>
      )}
    </Labelled>
  );
}

interface TextAreaFieldProps extends ComponentProps<"textarea"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

export function TextAreaField({ label, hint, error, className, ...area }: TextAreaFieldProps) {
  return (
    <Labelled label={label} hint={hint} error={error} className={className}>
      {({ id, describedBy, bad }) => (
        <span className="field field-tall" data-bad={bad || undefined}>
          <textarea id={id} rows={2} aria-describedby={describedBy} aria-invalid={bad || undefined} {...area} />
        </span>
      )}
    </Labelled>
  );
}
