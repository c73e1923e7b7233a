import { type FormEvent, useState } from "react";
import { Problem } from "@/api/problem";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { useChangePassword } from "./queries";

const least = 8;

/** Changes the password, which ends all other sessions. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const change = useChangePassword();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [tried, setTried] = useState(false);
  const fault = change.error;
  const wrong = fault instanceof Problem && (fault.code === "bad_credentials" || fault.field === "current_password");
  const weak = fault instanceof Problem && fault.field === "new_password" ? fault.message : undefined;
  const short = tried && [...next].length < least ? t("system.tooShort", { least }) : undefined;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    setTried(true);
    if (current === "" || [...next].length < least) return;
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          toast("done", t("system.passwordChanged"));
          onClose();
        },
      },
    );
  };
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
          <Button variant="primary" busy={change.isPending} busyLabel={t("action.saving")} onClick={() => submit()}>
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
          value={current}
          error={wrong ? t("system.wrongPassword") : tried && current === "" ? t("system.needPassword") : undefined}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <TextField
          label={t("system.newPassword")}
          type="password"
          autoComplete="new-password"
          value={next}
          error={short ?? weak}
          onChange={(event) => setNext(event.target.value)}
        />
        {fault && !wrong && !weak && (
          <p role="alert" className="text-small text-bad">
            {problemText(fault)}
          </p>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}
