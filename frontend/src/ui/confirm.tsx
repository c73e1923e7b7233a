import { useText } from "@/text/i18n";
import { Button } from "./button";
import { Dialog } from "./dialog";

interface ConfirmProps {
  title: string;
  hint: string;
  action: string;
  busyLabel: string;
  busy: boolean;
  /** Why it could not be done, the last time it was tried. */
  fault?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** A question before what cannot be undone; the safe answer has the focus. */
export function Confirm({ title, hint, action, busyLabel, busy, fault, onConfirm, onClose }: ConfirmProps) {
  const { t } = useText();
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={title}
      hint={hint}
      fault={fault}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" data-autofocus onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button variant="danger" className="max-md:flex-1" busy={busy} busyLabel={busyLabel} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    />
  );
}
