import { useText } from "@/text/i18n";
import { TextField } from "@/ui/field";
import type { TextForm } from "@/ui/form";
import { strengthOf } from "./strength";

interface NewSecretProps {
  form: TextForm<"first" | "again" | "current"> | TextForm<"first" | "again">;
  label: string;
  least: number;
  hint?: string;
  autoFocus?: boolean;
}

const widths = { weak: "w-1/3 bg-bad-fill", fair: "w-2/3 bg-rest-fill", strong: "w-full bg-ok-fill" };

/** A new password or passphrase, twice because nobody can read it back, with how hard it is to guess. */
export function NewSecret({ form, label, least, hint, autoFocus }: NewSecretProps) {
  const { t } = useText();
  const { register, formState } = form as TextForm<"first" | "again">;
  const { first, again } = formState.errors;
  const field = register("first");
  const strength = strengthOf(field.value);
  return (
    <>
      <TextField
        label={label}
        type="password"
        autoComplete="new-password"
        data-autofocus={autoFocus || undefined}
        error={first && (first.message ?? t("system.tooShort", { least }))}
        hint={
          field.value ? (
            <span className="flex items-center gap-2.5" role="status">
              <span className="meter max-w-24 flex-1" aria-hidden="true">
                <i className={widths[strength]} />
              </span>
              {t("system.strength.label")} · {t(`system.strength.${strength}`)}
            </span>
          ) : (
            hint
          )
        }
        {...field}
      />
      <TextField label={t("system.again")} type="password" autoComplete="new-password" error={again?.message} {...register("again")} />
    </>
  );
}
