import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Code } from "lucide-react";
import { apiBaseUrl } from "@/api/config";
import { useStore } from "@/api/store";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { TextAreaField } from "@/ui/field";
import { Menu, MenuChoice } from "@/ui/menu";
import { Slider } from "@/ui/slider";
import { Switch } from "@/ui/switch";
import { efforts, type Options, type Turn } from "./chat";
import { codeOf, tongues } from "./code";
import { modelNamesQuery, type PlaygroundKey } from "./key-store";
import { playgroundOptions } from "./use-chat";

const usualModel = "gemini-flash-latest";
/** Fewer are looked through at a glance. */
const searchedFrom = 12;
const usualTemperature = 1;

/** How the model is to be asked, with what was not chosen filled in, and what there is to choose from. */
export function useOptions(key: PlaygroundKey): { options: Options; models: readonly string[]; fault: Error | null; retry: () => void } {
  const chosen = useStore(playgroundOptions);
  const models = useQuery(modelNamesQuery(key));
  const names = models.data ?? [];
  const usual = names.length === 0 || names.includes(usualModel) ? usualModel : (names[0] ?? usualModel);
  return {
    options: { model: usual, effort: "default", thoughts: true, system: "", ...chosen },
    models: names,
    fault: models.error,
    retry: () => void models.refetch(),
  };
}

function choose(next: Partial<Options>): void {
  playgroundOptions.set({ ...playgroundOptions.get(), ...next });
}

export function ModelMenu({ model, names, className }: { model: string; names: readonly string[]; className?: string }) {
  const { t } = useText();
  const all = names.includes(model) ? names : [model, ...names];
  return (
    <Menu
      align="start"
      search={all.length > searchedFrom ? t("playground.findModel") : undefined}
      trigger={
        <button type="button" className={`btn btn-secondary min-w-0 ${className}`} aria-label={`${t("playground.model")}: ${model}`}>
          <span className="mono cut flex-1 text-left">{model}</span>
          <ChevronDown size={16} className="flex-none" aria-hidden />
        </button>
      }
    >
      <MenuChoice
        label={t("playground.model")}
        value={model}
        options={all.map((name) => ({ value: name, label: name }))}
        onChange={(next) => choose({ model: next })}
      />
    </Menu>
  );
}

/** Thinking and the system prompt. */
export function OptionFields({ options: { effort, thoughts, system, temperature } }: { options: Options }) {
  const { t } = useText();
  return (
    <>
      <div>
        <p className="mb-1.5 text-small font-medium" id="effort">
          {t("playground.effort")}
        </p>
        <div role="group" aria-labelledby="effort" className="segmented flex!">
          {efforts.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={effort === one}
              className="min-w-0 flex-1 px-1!"
              onClick={() => choose({ effort: one })}
            >
              {t(`playground.efforts.${one}`)}
            </button>
          ))}
        </div>
      </div>
      <Switch
        label={t("playground.showThoughts")}
        hint={t("playground.showThoughtsHint")}
        checked={thoughts}
        onChange={(next) => choose({ thoughts: next })}
      />
      <div>
        <p className="flex min-h-5 items-center gap-2 text-small font-medium">
          <span className="flex-1">{t("playground.temperature")}</span>
          <span className="font-normal text-ink-2">{temperature ?? t("playground.efforts.default")}</span>
          {temperature !== undefined && (
            <button
              type="button"
              className="link relative font-normal after:absolute after:-inset-3"
              onClick={() => choose({ temperature: undefined })}
            >
              {t("playground.useDefault")}
            </button>
          )}
        </p>
        <Slider
          label={t("playground.temperature")}
          value={temperature ?? usualTemperature}
          least={0}
          most={2}
          step={0.1}
          valueText={String(temperature ?? t("playground.efforts.default"))}
          onChange={(next) => choose({ temperature: Math.round(next * 10) / 10 })}
        />
      </div>
      <TextAreaField
        label={t("playground.system")}
        placeholder={t("playground.systemPlaceholder")}
        rows={4}
        value={system}
        onChange={(event) => choose({ system: event.target.value })}
      />
    </>
  );
}

/** The conversation as code in three tongues, to be copied. */
export function CodeDialog({ options, turns, onClose }: { options: Options; turns: readonly Turn[]; onClose: () => void }) {
  const { t } = useText();
  const asked = turns.filter((turn) => turn.state === "done");
  // What is asked next ends with a question, so an answer at the end is left out.
  const until = asked.at(-1)?.role === "assistant" ? asked.slice(0, -1) : asked;
  return (
    <Dialog open onClose={onClose} title={t("playground.codeTitle")} hint={t("playground.codeHint")} width={720}>
      {tongues.map((tongue) => {
        const code = codeOf(tongue, apiBaseUrl(), options, until);
        return (
          <figure key={tongue} className="prose-code flex-none">
            <figcaption>
              <span className="font-medium">{tongue}</span>
              <CopyButton text={code} label={t("action.copyCode")} small />
            </figcaption>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre tabIndex={0} className="max-h-52">
              {code}
            </pre>
          </figure>
        );
      })}
    </Dialog>
  );
}

export function CodeButton({ onClick }: { onClick: () => void }) {
  const { t } = useText();
  return (
    <Button icon={<Code size={16} strokeWidth={1.75} aria-hidden />} onClick={onClick}>
      {t("playground.code")}
    </Button>
  );
}
