import { ChevronRight } from "lucide-react";
import { useText } from "@/text/i18n";
import { TextAreaField, TextField } from "@/ui/field";
import type { TextForm } from "@/ui/form";
import { numberLimits, type UserKeyValues } from "./user-key-values";

interface UserKeyFieldsProps {
  form: TextForm<keyof UserKeyValues>;
  /** Whether the limits are in sight from the start. */
  limited: boolean;
}

/** Name and note of a user key, and what bounds it. */
export function UserKeyFields({ form, limited }: UserKeyFieldsProps) {
  const { t } = useText();
  const { errors } = form.formState;
  const nameError =
    errors.name && (errors.name.message ?? (errors.name.type === "too_big" ? t("drawer.tooLong", { max: 100 }) : t("userKeys.needName")));
  return (
    <>
      <TextField
        label={t("userKeys.name")}
        placeholder={t("userKeys.namePlaceholder")}
        autoComplete="off"
        data-autofocus
        error={nameError}
        {...form.register("name")}
      />
      <TextAreaField label={t("userKeys.note")} error={errors.note && t("drawer.tooLong", { max: 1000 })} {...form.register("note")} />
      <details className="disclosure" open={limited}>
        <summary>
          <ChevronRight size={16} aria-hidden />
          {t("userKeys.limits.title")}
          <span className="ml-auto text-caption font-normal text-ink-3">{t("userKeys.limits.hint")}</span>
        </summary>
        <div className="grid grid-cols-2 gap-x-3 gap-y-3.5 pt-2">
          {numberLimits.map((name) => (
            <TextField
              key={name}
              label={t(`userKeys.limits.${name}`)}
              placeholder={t("userKeys.limits.none")}
              inputMode="numeric"
              autoComplete="off"
              error={errors[name] && (errors[name].message ?? t("userKeys.limits.needNumber"))}
              {...form.register(name)}
            />
          ))}
          <TextField label={t("userKeys.limits.expires")} type="date" error={errors.expires?.message} {...form.register("expires")} />
          <TextField
            className="col-span-2"
            label={t("userKeys.limits.models")}
            placeholder="gemini-*-flash, gemini-4-*"
            hint={t("userKeys.limits.modelsHint")}
            autoComplete="off"
            error={errors.models && (errors.models.message ?? t("drawer.tooLong", { max: 2000 }))}
            {...form.register("models")}
          />
          <TextField
            className="col-span-2"
            label={t("userKeys.limits.networks")}
            placeholder="203.0.113.0/24"
            hint={t("userKeys.limits.networksHint")}
            autoComplete="off"
            error={errors.networks && (errors.networks.message ?? t("drawer.tooLong", { max: 2000 }))}
            {...form.register("networks")}
          />
        </div>
      </details>
    </>
  );
}
