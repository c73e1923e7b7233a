import { useState } from "react";
import { Problem } from "@/api/problem";
import type { NewUserKey, UserKey } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { useTextForm } from "@/ui/form";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { useDeleteUserKey, useEditUserKey, useRotateUserKey } from "./queries";
import { ShownOnce } from "./shown-once";
import { UserKeyFields } from "./user-key-fields";
import { showRefused } from "./user-key-refused";
import { UserKeyUse } from "./user-key-use";
import { isLimited, patchOf, userKeyRules, valuesOf } from "./user-key-values";

/** What the operator is about to do with a user key. */
export interface UserKeyTask {
  kind: "use" | "edit" | "rotate" | "delete";
  key: UserKey;
}

interface TaskProps {
  of: UserKey;
  onClose: () => void;
}

export function UserKeyDialogs({ task, onClose }: { task: UserKeyTask; onClose: () => void }) {
  const { kind, key } = task;
  if (kind === "use") return <UserKeyUse of={key} onClose={onClose} />;
  if (kind === "edit") return <EditUserKey of={key} onClose={onClose} />;
  return kind === "rotate" ? <RotateUserKey of={key} onClose={onClose} /> : <DeleteUserKey of={key} onClose={onClose} />;
}

function EditUserKey({ of: key, onClose }: TaskProps) {
  const { t } = useText();
  const problemText = useProblemText();
  const edit = useEditUserKey();
  const [fault, setFault] = useState<unknown>();
  const [version, setVersion] = useState<string | undefined>(key.version);
  const form = useTextForm(userKeyRules, valuesOf(key));
  const submit = form.handleSubmit(async (values) => {
    setFault(undefined);
    try {
      const saved = await edit.mutateAsync({ id: key.id, patch: patchOf(values), version });
      toast("done", t("userKeys.savedToast", { name: saved.name }));
      onClose();
    } catch (error) {
      if (showRefused(form, error, (why, field) => (field === "networks" ? t("userKeys.limits.badNetworks") : problemText(why)))) return;
      const overtaken = error instanceof Problem && error.code === "version_conflict";
      if (overtaken) setVersion(undefined); // who saves again has been told
      setFault(overtaken ? t("userKeys.overtaken") : error);
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={t("userKeys.editTitle", { name: key.name })}
      fault={fault}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button variant="primary" className="max-md:flex-1" busy={edit.isPending} busyLabel={t("action.saving")} onClick={() => submit()}>
            {t("action.save")}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3.5 pt-0.5" noValidate>
        <UserKeyFields form={form} limited={isLimited(valuesOf(key))} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

function RotateUserKey({ of: key, onClose }: TaskProps) {
  const { t } = useText();
  const rotate = useRotateUserKey();
  const [made, setMade] = useState<NewUserKey>();
  if (made) return <ShownOnce of={made} title={t("userKeys.rotatedTitle", { name: made.name })} onClose={onClose} />;
  return (
    <Confirm
      title={t("userKeys.rotateTitle", { name: key.name })}
      hint={t("userKeys.rotateHint")}
      action={t("userKeys.rotateAction")}
      busyLabel={t("userKeys.rotating")}
      busy={rotate.isPending}
      fault={rotate.error}
      onConfirm={() => rotate.mutate(key.id, { onSuccess: setMade })}
      onClose={onClose}
    />
  );
}

function DeleteUserKey({ of: key, onClose }: TaskProps) {
  const { t } = useText();
  const remove = useDeleteUserKey();
  const onSuccess = () => {
    toast("removed", t("userKeys.deleted", { name: key.name }));
    onClose();
  };
  return (
    <Confirm
      title={t("userKeys.deleteTitle", { name: key.name })}
      hint={t("userKeys.deleteHint")}
      action={t("userKeys.deleteAction")}
      busyLabel={t("userKeys.deleting")}
      busy={remove.isPending}
      fault={remove.error}
      onConfirm={() => remove.mutate(key.id, { onSuccess })}
      onClose={onClose}
    />
  );
}
