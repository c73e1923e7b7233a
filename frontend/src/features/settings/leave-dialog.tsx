import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

interface LeaveDialogProps {
  count: number;
  saving: boolean;
  onStay: () => void;
  onDrop: () => void;
  onSave: () => void;
}

/** Asks before a way out of the page would lose changes. */
export function LeaveDialog({ count, saving, onStay, onDrop, onSave }: LeaveDialogProps) {
  const { t } = useText();
  return (
    <Dialog
      open
      onClose={onStay}
      width={440}
      title={t("settings.leaveTitle")}
      hint={t("settings.leaveHint", { count })}
      footer={
        <>
          <Button variant="danger" disabled={saving} onClick={onDrop}>
            {t("settings.leaveDrop")}
          </Button>
          <span className="flex-1" />
          <Button variant="primary" data-autofocus busy={saving} busyLabel={t("settings.saving")} onClick={onSave}>
            {t("settings.leaveSave")}
          </Button>
        </>
      }
    />
  );
}
