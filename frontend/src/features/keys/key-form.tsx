import { Problem } from "@/api/problem";
import type { GeminiKey, GeminiKeyPatch } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { TextAreaField, TextField } from "@/ui/field";
import { type TextRules, useTextForm } from "@/ui/form";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { ProjectField } from "./project-field";
import { useEditKey } from "./queries";

const longestName = 100;
const longestNote = 1000;

type Values = Record<"name" | "note" | "weight" | "project", string>;
const rules: TextRules<keyof Values> = {
  name: { least: 1, most: longestName },
  note: { most: longestNote, untrimmed: true },
  weight: { pattern: /^([1-9]\d?|100)$/ },
  project: { most: longestName },
};

/** Name, note, weight and project of a key; the buttons appear with the first change. */
export function KeyForm({ of: key }: { of: GeminiKey }) {
  const { t } = useText();
  const problemText = useProblemText();
  const edit = useEditKey();
  const values = { name: key.name, note: key.note, weight: String(key.weight), project: key.project ?? "" };
  const form = useTextForm(rules, values);
  const { errors, dirtyFields, isDirty } = form.formState;
  const submit = form.handleSubmit(async (now) => {
    const patch: GeminiKeyPatch = {
      ...(dirtyFields.name && { name: now.name }),
      ...(dirtyFields.note && { note: now.note }),
      ...(dirtyFields.weight && { weight: Number(now.weight) }),
      ...(dirtyFields.project && { project: now.project || null }),
    };
    try {
      const saved = await edit.mutateAsync({ id: key.id, patch });
      form.reset();
      toast("done", t("drawer.saved", { name: saved.name }));
    } catch (error) {
      const field = error instanceof Problem ? error.field : undefined;
      if (field && field in values) form.setError(field as keyof Values, { message: problemText(error) });
      else toast("error", t("error.failed", { reason: problemText(error) }));
    }
  });
  const tooLong = (max: number) => t("drawer.tooLong", { max });
  const source = key.project_source;
  return (
    <form onSubmit={submit} className="flex flex-col gap-3.5 border-t border-line pt-4" noValidate>
      <h3 className="text-small font-semibold">{t("drawer.edit")}</h3>
      <TextField
        label={t("drawer.name")}
        autoComplete="off"
        error={
          errors.name &&
          (errors.name.type === "too_big"
            ? tooLong(longestName)
            : errors.name.type === "too_small"
              ? t("drawer.needName")
              : errors.name.message)
        }
        {...form.register("name")}
      />
      <div className="grid grid-cols-[96px_minmax(0,1fr)] gap-3">
        <TextField
          label={t("drawer.weight")}
          inputMode="numeric"
          autoComplete="off"
          error={errors.weight && t("drawer.needWeight")}
          {...form.register("weight")}
        />
        <ProjectField
          label={t("drawer.project")}
          placeholder={t("drawer.projectPlaceholder")}
          hint={t(`drawer.projectHint.${source}`)}
          error={errors.project && (errors.project.type === "too_big" ? tooLong(longestName) : errors.project.message)}
          {...form.register("project")}
        />
      </div>
      <TextAreaField
        label={t("drawer.note")}
        placeholder={t("drawer.notePlaceholder")}
        error={errors.note && (errors.note.type === "too_big" ? tooLong(longestNote) : errors.note.message)}
        {...form.register("note")}
      />
      {isDirty && (
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={() => form.reset()}>
            {t("action.discard")}
          </Button>
          <Button type="submit" variant="primary" busy={edit.isPending} busyLabel={t("action.saving")}>
            {t("action.save")}
          </Button>
        </div>
      )}
    </form>
  );
}
