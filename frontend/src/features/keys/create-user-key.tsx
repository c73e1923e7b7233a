import { useState } from "react";
import type { NewUserKey } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextAreaField, TextField } from "@/ui/field";
import { type TextForm, type TextRules, useTextForm } from "@/ui/form";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { useCreateUserKey } from "./queries";
import { ShownOnce } from "./shown-once";

export type UserKeyValues = Record<"name" | "note", string>;
export const userKeyRules: TextRules<keyof UserKeyValues> = { name: { least: 1, most: 100 }, note: { most: 1000 } };

/** Asks for a name, makes the key, and shows it this once. */
export function CreateUserKey({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const create = useCreateUserKey();
  const [made, setMade] = useState<NewUserKey>();
  const form = useTextForm(userKeyRules, { name: "", note: "" });
  const { errors } = form.formState;
  const submit = form.handleSubmit(async ({ name, note }) => {
    try {
      setMade(await create.mutateAsync({ name, ...(note && { note }) }));
    } catch (error) {
      toast("error", t("error.failed", { reason: problemText(error) }));
    }
  });
  if (made) return <ShownOnce of={made} title={t("userKeys.createdTitle", { name: made.name })} onClose={onClose} />;
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={t("userKeys.createTitle")}
      hint={t("userKeys.createHint")}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button
            variant="primary"
            className="max-md:flex-1"
            busy={create.isPending}
            busyLabel={t("userKeys.creating")}
            onClick={() => submit()}
          >
            {t("userKeys.create")}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3.5 pt-0.5" noValidate>
        <UserKeyFields form={form} errors={errors} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

interface UserKeyFieldsProps {
  form: TextForm<keyof UserKeyValues>;
  errors: TextForm<keyof UserKeyValues>["formState"]["errors"];
}

export function UserKeyFields({ form, errors }: UserKeyFieldsProps) {
  const { t } = useText();
  const nameError = errors.name && (errors.name.type === "too_big" ? t("drawer.tooLong", { max: 100 }) : t("userKeys.needName"));
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
    </>
  );
}
