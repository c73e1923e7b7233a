import { Problem } from "@/api/problem";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useTextForm } from "@/ui/form";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { NewSecret } from "./new-secret";
import { useChangePassword } from "./queries";

/** The gateway's own least. */
const least = 8;
const rules = { current: { least: 1, untrimmed: true }, first: { least, untrimmed: true }, again: { untrimmed: true } };

/** Changes the password, which ends all other sessions. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const change = useChangePassword();
  const form = useTextForm(rules, { current: "", first: "", again: "" });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ current, first, again }) => {
    if (first !== again) {
      form.setError("again", { message: t("system.differs") });
      return form.setFocus("again");
    }
    try {
      await change.mutateAsync({ current_password: current, new_password: first });
      toast("done", t("system.passwordChanged"));
      onClose();
    } catch (error) {
      const field = error instanceof Problem ? (error.code === "bad_credentials" ? "current_password" : error.field) : undefined;
      if (field === "current_password") {
        form.setError("current", { message: t("system.wrongPassword") });
        form.setFocus("current");
      } else if (field === "new_password") form.setError("first", { message: problemText(error) });
      else toast("error", t("error.failed", { reason: problemText(error) }));
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={t("system.changePassword")}
      hint={t("system.passwordHint")}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button variant="primary" busy={isSubmitting} busyLabel={t("action.saving")} onClick={() => submit()}>
            {t("action.save")}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3.5 pt-0.5" noValidate>
        <TextField
          label={t("system.currentPassword")}
          type="password"
          autoComplete="current-password"
          data-autofocus
          error={errors.current && (errors.current.message ?? t("system.needPassword"))}
          {...form.register("current")}
        />
        <NewSecret form={form} label={t("system.newPassword")} least={least} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}
