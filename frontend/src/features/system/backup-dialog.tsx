import { useState } from "react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useTextForm } from "@/ui/form";
import { useProblemText } from "@/ui/problem-text";
import { Checkbox } from "@/ui/switch";
import { toast } from "@/ui/toast";
import { saveBackup } from "./queries";

/** The gateway's own least. */
const least = 12;

/** Asks for a passphrase, twice because nobody can recover it, and hands the file to the browser. */
export function BackupDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const [usage, setUsage] = useState(false);
  const form = useTextForm({ first: { least, untrimmed: true }, again: { untrimmed: true } }, { first: "", again: "" });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ first, again }) => {
    if (first !== again) {
      form.setError("again", { message: t("system.passphraseDiffers") });
      return;
    }
    try {
      await saveBackup(first, usage);
      toast("done", t("system.backupSaved"));
      onClose();
    } catch (error) {
      toast("error", t("error.failed", { reason: problemText(error) }));
    }
  });
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
          <Button variant="ghost" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button variant="primary" busy={isSubmitting} busyLabel={t("system.makingBackup")} onClick={() => submit()}>
            {t("system.download")}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3.5 pt-0.5" noValidate>
        <TextField
          label={t("system.passphrase")}
          type="password"
          autoComplete="new-password"
          data-autofocus
          hint={t("system.passphraseHint")}
          error={errors.first && t("system.tooShort", { least })}
          {...form.register("first")}
        />
        <TextField
          label={t("system.passphraseAgain")}
          type="password"
          autoComplete="new-password"
          error={errors.again?.message}
          {...form.register("again")}
        />
        <Checkbox label={t("system.withUsage")} checked={usage} onChange={setUsage} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}
