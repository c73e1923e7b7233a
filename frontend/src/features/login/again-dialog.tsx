import { useText } from "@/text/i18n";
import { Dialog } from "@/ui/dialog";
import { LoginForm } from "./login-form";

/** The log-in form over a page whose session has ended; only logging in closes it. */
export function AgainDialog() {
  const { t } = useText();
  return (
    <Dialog open title={t("login.againTitle")} hint={t("login.againHint")} width={440}>
      <LoginForm />
    </Dialog>
  );
}
