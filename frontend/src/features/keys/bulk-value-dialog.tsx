import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { type TextRules, useTextForm } from "@/ui/form";
import { ProjectField } from "./project-field";

const rules: Record<"weight" | "project", TextRules<"value">> = {
  weight: { value: { pattern: /^([1-9]\d?|100)$/ } },
  project: { value: { most: 100 } },
};

interface BulkValueDialogProps {
  kind: "weight" | "project";
  count: number;
  busy: boolean;
  fault: unknown;
  onSave: (value: string) => void;
  onClose: () => void;
}

/** Asks for one weight or project for many keys. */
export function BulkValueDialog({ kind, count, busy, fault, onSave, onClose }: BulkValueDialogProps) {
  const { t } = useText();
  const form = useTextForm(rules[kind], { value: "" });
  const bad = form.formState.errors.value;
  const field = {
    label: t(`drawer.${kind}`),
    autoComplete: "off",
    "data-autofocus": true,
    error: bad && t(kind === "weight" ? "drawer.needWeight" : "drawer.tooLong", { max: 100 }),
    ...form.register("value"),
  };
  const submit = form.handleSubmit(async ({ value }) => onSave(value));
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={t(`bulk.${kind}Title`, { count })}
      hint={t(`bulk.${kind}Hint`)}
      fault={fault}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button variant="primary" className="max-md:flex-1" busy={busy} busyLabel={t("action.saving")} onClick={() => submit()}>
            {t("action.save")}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} noValidate>
        {kind === "project" ? (
          <ProjectField placeholder={t("drawer.projectPlaceholder")} {...field} />
        ) : (
          <TextField placeholder="1" inputMode="numeric" {...field} />
        )}
      </form>
    </Dialog>
  );
}
