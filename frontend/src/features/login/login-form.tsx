import { Eye, EyeOff } from "lucide-react";
import { useEffect, useState } from "react";
import { Problem, Unreachable } from "@/api/problem";
import { endedElsewhere, logIn } from "@/api/session";
import { useStore } from "@/api/store";
import { span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { type TextRules, useTextForm } from "@/ui/form";
import { useProblemText } from "@/ui/problem-text";

type Values = Record<"username" | "password", string>;
const rules: TextRules<keyof Values> = { username: { least: 1 }, password: { least: 1, untrimmed: true } };

/** Name and password; says what was wrong, and counts down where the gateway asks for a pause. */
export function LoginForm({ onDone }: { onDone?: () => void }) {
  const { t } = useText();
  const [shown, setShown] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const elsewhere = useStore(endedElsewhere);
  const form = useTextForm(rules, { username: "admin", password: "" });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ username, password }) => {
    setFault(undefined);
    try {
      await logIn(username, password);
      onDone?.();
    } catch (error) {
      setFault(error);
      form.setFocus("password");
    }
  });
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      {elsewhere && <p className="rounded-control bg-rest-soft px-3 py-2 text-small text-rest">{t("login.endedElsewhere")}</p>}
      <TextField
        label={t("login.username")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        fieldClassName="h-11!"
        error={errors.username && t("login.needUsername")}
        {...form.register("username")}
      />
      <TextField
        label={t("login.password")}
        type={shown ? "text" : "password"}
        autoComplete="current-password"
        data-autofocus
        autoFocus
        fieldClassName="h-11! pr-0!"
        error={errors.password && t("login.needPassword")}
        after={
          <button
            type="button"
            className="grid h-11 w-11 flex-none place-items-center rounded-control text-ink-2 hover:text-ink"
            aria-label={t(shown ? "action.hide" : "action.show")}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff size={18} strokeWidth={1.75} aria-hidden /> : <Eye size={18} strokeWidth={1.75} aria-hidden />}
          </button>
        }
        {...form.register("password")}
      />
      {fault !== undefined && <LoginFault error={fault} />}
      <Button type="submit" variant="primary" className="mt-1 h-11! w-full" busy={isSubmitting} busyLabel={t("login.submitting")}>
        {t("login.submit")}
      </Button>
    </form>
  );
}

function LoginFault({ error }: { error: unknown }) {
  const { t, language } = useText();
  const problemText = useProblemText();
  const wait = error instanceof Problem ? (error.retryAfterSeconds ?? 0) : 0;
  const [left, setLeft] = useState(wait);
  useEffect(() => {
    setLeft(wait);
    if (wait === 0) return;
    const timer = setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1000);
    return () => clearInterval(timer);
  }, [wait]);
  if (error instanceof Problem && error.code === "too_many_attempts" && left === 0 && wait > 0) return null;
  return (
    <p role="alert" className="text-small text-bad">
      {faultText()}
    </p>
  );

  function faultText(): string {
    if (error instanceof Unreachable) return t("login.unreachable");
    if (!(error instanceof Problem)) return problemText(error);
    if (error.code === "bad_credentials") return t("login.wrong");
    if (error.code === "too_many_attempts") return t("login.tooMany", { wait: span(Math.max(1, left) * 1000, language) });
    return problemText(error);
  }
}
