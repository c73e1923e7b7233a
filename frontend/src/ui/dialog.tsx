import { X } from "lucide-react";
import { type ReactNode, useId } from "react";
import { useText } from "@/text/i18n";
import { IconButton } from "./button";
import { classNames } from "./class-names";
import { Modal } from "./modal";
import { useProblemText } from "./problem-text";

interface DialogProps {
  open: boolean;
  /** Left out where only the dialog's own buttons may close it. */
  onClose?: () => void;
  title: ReactNode;
  hint?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  /** What kept the dialog's act from being done; it stands above the buttons, where one looks. */
  fault?: unknown;
  width?: 440 | 600 | 720;
}

/** A modal dialog; on a phone a sheet from below. */
export function Dialog({ open, onClose, title, hint, children, footer, fault, width = 600 }: DialogProps) {
  const { t } = useText();
  const problemText = useProblemText();
  const titleId = useId();
  if (!open) return null;
  return (
    <Modal aria-labelledby={titleId} onClose={onClose} around="dialog-place" className={classNames("dialog over", widths[width])}>
      <header className="flex items-start gap-3 pt-5.5 pr-4 pb-3.5 pl-6 max-md:pl-5">
        <div className="min-w-0 flex-1">
          <h2 id={titleId} className="text-dialog font-semibold">
            {title}
          </h2>
          {hint && <p className="mt-0.5 text-small text-ink-2">{hint}</p>}
        </div>
        {onClose && (
          <IconButton label={t("action.close")} onClick={onClose} className="-mt-1">
            <X size={18} strokeWidth={1.75} aria-hidden />
          </IconButton>
        )}
      </header>
      {children && <div className="flex min-h-0 flex-col gap-4 overflow-auto px-6 pb-5 max-md:px-4">{children}</div>}
      {fault !== undefined && fault !== null && (
        <p role="alert" className="px-6 pb-3 text-small text-bad max-md:px-4">
          {typeof fault === "string" ? fault : t("error.failed", { reason: problemText(fault) })}
        </p>
      )}
      {footer && (
        <footer className="flex items-center gap-2 border-t border-line px-6 py-3.5 pb-[calc(14px+env(safe-area-inset-bottom))] max-md:px-4">
          {footer}
        </footer>
      )}
    </Modal>
  );
}

const widths = { 440: "max-w-[440px] max-md:max-w-none", 600: "max-w-[600px] max-md:max-w-none", 720: "max-w-[720px] max-md:max-w-none" };
