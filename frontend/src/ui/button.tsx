import { LoaderCircle } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names";

interface ButtonProps extends ComponentProps<"button"> {
  variant?: "primary" | "secondary" | "ghost" | "danger";
  small?: boolean;
  /** While busy the button keeps its place, says what it is doing, and takes no clicks. */
  busy?: boolean;
  busyLabel?: string;
  icon?: ReactNode;
}

export function Button({ variant = "secondary", small, busy, busyLabel, icon, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={classNames("btn", `btn-${variant}`, small && "btn-small", className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? <LoaderCircle className="spin" size={16} aria-hidden /> : icon}
      {busy && busyLabel ? busyLabel : children}
    </button>
  );
}

interface IconButtonProps extends ComponentProps<"button"> {
  label: string;
  variant?: "secondary" | "ghost";
}

/** A button with an icon alone; its label is read out and shown as a title. */
export function IconButton({ label, variant = "ghost", className, ...rest }: IconButtonProps) {
  return (
    <button type="button" className={classNames("btn btn-icon", `btn-${variant}`, className)} aria-label={label} title={label} {...rest} />
  );
}
