import { useState } from "react";
import { bytes } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { useTextForm } from "@/ui/form";
import { Meter } from "@/ui/meter";
import { useProblemText } from "@/ui/problem-text";
import { Checkbox } from "@/ui/switch";
import { toast } from "@/ui/toast";
import { NewSecret } from "./new-secret";
import { saveBackup } from "./queries";
import { stopped, useStop } from "./use-stop";

/** The gateway's own least. */
const least = 12;

/** Asks for a passphrase, tells how the download goes on, and hands the file to the browser. */
export function BackupDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const [usage, setUsage] = useState(false);
  const [progress, setProgress] = useState({ received: 0, total: 0 });
  const { begin, stop } = useStop();
  const form = useTextForm({ first: { least, untrimmed: true }, again: { untrimmed: true } }, { first: "", again: "" });
  const { isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ first, again }) => {
    if (first !== again) {
      form.setError("again", { message: t("system.differs") });
      return form.setFocus("again");
    }
    setProgress({ received: 0, total: 0 });
    try {
      await saveBackup({
        passphrase: first,
        usage,
        signal: begin(),
        onProgress: (received, total) => setProgress({ received, total }),
      });
      toast("done", t("system.backupSaved"));
      onClose();
    } catch (error) {
      if (stopped(error)) toast("done", t("system.stopped"));
      else toast("error", t("error.failed", { reason: problemText(error) }));
    }
  });
  const { received, total } = progress;
  const size = bytes(received);
  const told =
    received === 0 ? t("system.makingBackup") : t(total ? "system.receivedOf" : "system.received", { size, total: bytes(total) });
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={t("system.makeBackup")}
      hint={t("system.makeBackupHint")}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" onClick={isSubmitting ? stop : onClose}>
            {t(isSubmitting ? "action.stop" : "action.cancel")}
          </Button>
          <Button variant="primary" busy={isSubmitting} busyLabel={t("system.makingBackup")} onClick={() => submit()}>
            {t("system.download")}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3.5 pt-0.5" noValidate>
        <NewSecret form={form} label={t("system.passphrase")} least={least} hint={t("system.passphraseHint")} autoFocus />
        <Checkbox label={t("system.withUsage")} checked={usage} onChange={setUsage} />
        {isSubmitting ? (
          <div role="status" className="text-caption text-ink-2">
            <Meter plain label={t("system.makingBackup")} valueText={told} share={total ? received / total : 0} />
            <p className="mt-1.5">{told}</p>
          </div>
        ) : (
          <p className="text-caption text-pretty text-ink-3">{t("system.notInBackup")}</p>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}
