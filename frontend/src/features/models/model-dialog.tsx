import { type FormEvent, useState } from "react";
import { Problem } from "@/api/problem";
import type { Model } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useProblemText } from "@/ui/problem-text";
import { Switch } from "@/ui/switch";
import { toast } from "@/ui/toast";
import { rowOf, usePutModel, useResetModel } from "./queries";
import { Serving } from "./serving";

interface ModelDialogProps {
  /** Absent: a model that is not listed yet. */
  of?: Model | undefined;
  onClose: () => void;
}

const limitNames = ["rpm", "tpm", "rpd"] as const;

/** Whether a model's answers carry its thoughts; null is what the settings say for all models. */
const thoughtChoices = [null, true, false] as const;

/** Sets a model's limits per project, its alias, and whether clients may ask for it. */
export function ModelDialog({ of: model, onClose }: ModelDialogProps) {
  const { t } = useText();
  const problemText = useProblemText();
  const put = usePutModel();
  const reset = useResetModel();
  const [name, setName] = useState("");
  const [alias, setAlias] = useState(model?.alias ?? "");
  const [enabled, setEnabled] = useState(model?.enabled ?? true);
  const [limits, setLimits] = useState(() => ({
    rpm: String(model?.limits.rpm ?? ""),
    tpm: String(model?.limits.tpm ?? ""),
    rpd: String(model?.limits.rpd ?? ""),
  }));
  const [budget, setBudget] = useState(String(model?.thinking_budget ?? ""));
  const [thoughts, setThoughts] = useState(model?.include_thoughts ?? null);
  const [tried, setTried] = useState(false);
  const [version, setVersion] = useState(model?.version);
  const [refused, setRefused] = useState<Record<string, string>>({});
  const wholeName = model?.name ?? name.trim().replace(/^models\//, "");
  const limitFault = (text: string) => (/^\d{0,9}$/.test(text.trim()) ? undefined : t("models.needNumber"));
  const budgetFault = /^(-1|\d{0,5})$/.test(budget.trim()) && Number(budget) <= 32768 ? undefined : t("models.needBudget");
  const nameFault = tried && wholeName === "" ? t("models.needName") : refused.name;

  const putBack = (row: Model) =>
    put.mutate(
      { name: row.name, body: rowOf(row) },
      { onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })) },
    );
  const run = async (work: () => Promise<unknown>, done: string, undo?: () => void) => {
    try {
      await work();
      toast("done", done, undo && { label: t("action.undo"), run: undo });
      onClose();
    } catch (error) {
      // The next try writes over what somebody else has made of it, which the dialog says.
      if (error instanceof Problem && error.code === "version_conflict") return setVersion(undefined);
      const faults = error instanceof Problem ? [...error.faults] : [];
      if (error instanceof Problem && error.field) faults.push({ field: error.field, message: error.message });
      setRefused(Object.fromEntries(faults.map((fault) => [fault.field, fault.message])));
      if (faults.length === 0) toast("error", t("error.failed", { reason: problemText(error) }));
    }
  };
  const save = (event?: FormEvent) => {
    event?.preventDefault();
    setTried(true);
    if (wholeName === "" || limitNames.some((one) => limitFault(limits[one])) || budgetFault) return;
    const number = (text: string) => (text.trim() === "" ? null : Number(text));
    const body = {
      rpm: number(limits.rpm),
      tpm: number(limits.tpm),
      rpd: number(limits.rpd),
      alias: alias.trim() || null,
      enabled,
      thinking_budget: number(budget),
      include_thoughts: thoughts,
    };
    void run(() => put.mutateAsync({ name: wholeName, body, version }), t("models.saved", { name: wholeName }));
  };

  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={model ? <span className="mono">{model.name}</span> : t("models.addTitle")}
      hint={t("models.dialogHint")}
      footer={
        <>
          {model?.source === "operator" && (
            <Button
              variant="ghost"
              busy={reset.isPending}
              onClick={() =>
                void run(
                  () => reset.mutateAsync(model.name),
                  t("models.wasReset", { name: model.name }),
                  () => putBack(model),
                )
              }
            >
              {t("models.reset")}
            </Button>
          )}
          <span className="flex-1" />
          <Button variant="ghost" onClick={onClose} className="max-md:hidden">
            {t("action.cancel")}
          </Button>
          <Button variant="primary" className="max-md:flex-1" busy={put.isPending} busyLabel={t("action.saving")} onClick={() => save()}>
            {t("action.save")}
          </Button>
        </>
      }
    >
      <form onSubmit={save} className="flex flex-col gap-3.5 pt-0.5" noValidate>
        {model && version === undefined && (
          <p role="alert" className="rounded-[12px] bg-rest-soft px-3 py-2 text-small text-rest">
            {t("models.conflict")}
          </p>
        )}
        {model && <Serving model={model.name} />}
        {!model && (
          <TextField
            label={t("models.name")}
            placeholder="gemini-…"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            data-autofocus
            value={name}
            error={nameFault}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        <div className="grid grid-cols-3 gap-3">
          {limitNames.map((one) => (
            <TextField
              key={one}
              label={one.toUpperCase()}
              inputMode="numeric"
              autoComplete="off"
              placeholder={t("models.unknown")}
              value={limits[one]}
              error={limitFault(limits[one]) ?? refused[one]}
              onChange={(event) => setLimits({ ...limits, [one]: event.target.value })}
            />
          ))}
        </div>
        <TextField
          label={t("models.alias")}
          hint={t("models.aliasHint")}
          placeholder="gpt-4o"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={128}
          value={alias}
          error={refused.alias}
          onChange={(event) => setAlias(event.target.value)}
        />
        <TextField
          label={t("models.thinkingBudget")}
          hint={t("models.thinkingBudgetHint")}
          placeholder={t("models.asSettings")}
          inputMode="text"
          autoComplete="off"
          maxLength={5}
          value={budget}
          error={budgetFault ?? refused.thinking_budget}
          onChange={(event) => setBudget(event.target.value)}
        />
        <div className="flex items-center justify-between gap-3">
          <span className="text-sm">{t("models.includeThoughts")}</span>
          <fieldset className="segmented" aria-label={t("models.includeThoughts")}>
            {thoughtChoices.map((choice) => (
              <button key={String(choice)} type="button" aria-pressed={thoughts === choice} onClick={() => setThoughts(choice)}>
                {t(`models.thoughts.${choice ?? "settings"}`)}
              </button>
            ))}
          </fieldset>
        </div>
        <Switch label={t("models.enabled")} hint={t("models.enabledHint")} checked={enabled} onChange={setEnabled} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

/** The switch of a row: turns one model on or off and says so. */
export function useToggleModel() {
  const { t } = useText();
  const problemText = useProblemText();
  const put = usePutModel();
  return (model: Model, enabled: boolean) =>
    put.mutate(
      { name: model.name, body: rowOf(model, { enabled }), version: model.version },
      {
        onSuccess: () => toast("done", t(enabled ? "models.turnedOn" : "models.turnedOff", { name: model.name })),
        onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
      },
    );
}
