import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { type TextRules, useTextForm } from "@/ui/form";
import { projectsQuery } from "./queries";

const rules: Record<"weight" | "project", TextRules<"value">> = {
  weight: { value: { pattern: /^([1-9]\d?|100)$/ } },
  project: { value: { most: 100 } },
};

interface BulkValueDialogProps {
  kind: "weight" | "project";
  count: number;
  busy: boolean;
  onSave: (value: string) => void;
  onClose: () => void;
}

/** Asks for one weight or project for many keys. */
export function BulkValueDialog({ kind, count, busy, onSave, onClose }: BulkValueDialogProps) {
  const { t } = useText();
  const projects = useQuery(projectsQuery());
  const listId = useId();
  const form = useTextForm(rules[kind], { value: "" });
  const bad = form.formState.errors.value;
  const submit = form.handleSubmit(async ({ value }) => onSave(value));
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={t(`bulk.${kind}Title`, { count })}
      hint={t(`bulk.${kind}Hint`)}
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
        <TextField
          label={t(`drawer.${kind}`)}
          placeholder={kind === "project" ? t("drawer.projectPlaceholder") : "1"}
          inputMode={kind === "weight" ? "numeric" : "text"}
          list={kind === "project" ? listId : undefined}
          autoComplete="off"
          data-autofocus
          error={bad && t(kind === "weight" ? "drawer.needWeight" : "drawer.tooLong", { max: 100 })}
          {...form.register("value")}
        />
        {kind === "project" && (
          <datalist id={listId}>
            {projects.data?.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        )}
      </form>
    </Dialog>
  );
}
