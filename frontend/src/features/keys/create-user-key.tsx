import { useState } from "react";
import type { NewUserKey } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { useTextForm } from "@/ui/form";
import { useProblemText } from "@/ui/problem-text";
import { useCreateUserKey } from "./queries";
import { ShownOnce } from "./shown-once";
import { UserKeyFields } from "./user-key-fields";
import { showRefused } from "./user-key-refused";
import { patchOf, userKeyRules, valuesOf } from "./user-key-values";

/** Asks for a name, makes the key, and shows it this once. */
export function CreateUserKey({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const create = useCreateUserKey();
  const [made, setMade] = useState<NewUserKey>();
  const [fault, setFault] = useState<unknown>();
  const form = useTextForm(userKeyRules, valuesOf());
  const submit = form.handleSubmit(async (values) => {
    setFault(undefined);
    try {
      setMade(await create.mutateAsync(patchOf(values)));
    } catch (error) {
      if (showRefused(form, error, (why, field) => (field === "networks" ? t("userKeys.limits.badNetworks") : problemText(why)))) return;
      setFault(error);
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
      fault={fault}
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
        <UserKeyFields form={form} limited={false} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}
