import { RotateCcw } from "lucide-react";
import { type ReactNode, useId } from "react";
import { percent } from "@/text/format";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { NumberInput } from "@/ui/number-input";
import { RadioCards } from "@/ui/radio-cards";
import { SharesSlider } from "@/ui/shares-slider";
import { Slider } from "@/ui/slider";
import { SwitchControl } from "@/ui/switch";
import { drawing } from "./drawings";
import { type ChoiceField, type Field, fields, type NumberField, type SharesField, type SwitchField, type TextField } from "./fields";
import { type Path, type Value, valueAt } from "./path";
import type { Editing } from "./use-draft";
import { faultOf, labelOf, numberText, optionText, rangeText } from "./words";

interface RowProps<F extends Field> {
  field: F;
  editing: Editing;
  /** What the gateway found wrong, by path. */
  refused: ReadonlyMap<string, string>;
}

/** One setting: its name, a sentence on it, and what changes it. */
export function SettingRow({ field, editing, refused }: RowProps<Field>) {
  switch (field.kind) {
    case "choice":
      return <ChoiceRow field={field} editing={editing} refused={refused} />;
    case "switch":
      return <SwitchRow field={field} editing={editing} refused={refused} />;
    case "number":
      return <NumberRow field={field} editing={editing} refused={refused} />;
    case "shares":
      return <SharesRow field={field} editing={editing} refused={refused} />;
    case "text":
      return <TextRow field={field} editing={editing} refused={refused} />;
  }
}

function useRow({ field, editing, refused }: RowProps<Field>) {
  const { t, language } = useText();
  const { path } = field;
  const value = valueAt(editing.settings, path);
  return {
    label: labelOf(t, path),
    value,
    idle: field.when !== undefined && !field.when(editing.settings),
    changed: path in editing.draft,
    fault: faultOf(t, language, field, value) ?? refused.get(path),
  };
}

interface LabelProps {
  text: string;
  changed: boolean;
  hint?: ReactNode;
  htmlFor?: string;
}

function Label({ text, changed, hint, htmlFor }: LabelProps) {
  const { t } = useText();
  const name = (
    <span className="block leading-5 font-medium">
      {text}
      {changed && <i className="change-dot" title={t("settings.changed")} />}
    </span>
  );
  return (
    <div className="min-w-0">
      {htmlFor ? <label htmlFor={htmlFor}>{name}</label> : name}
      {hint && (
        <span id={htmlFor && `${htmlFor}-hint`} className="block text-caption text-balance text-ink-3">
          {hint}
        </span>
      )}
    </div>
  );
}

interface UsualProps {
  path: Path;
  /** What it is on a new gateway, and how that is said. */
  usual: Value;
  text: string;
  editing: Editing;
  idle?: boolean;
}

/** Says what a setting usually is; where it is something else, that is the way back. */
function Usual({ path, usual, text, editing, idle }: UsualProps) {
  const { t } = useText();
  const words = t("settings.usual", { usual: text });
  if (idle || valueAt(editing.settings, path) === usual) return words;
  const label = t("settings.reset", { label: labelOf(t, path), usual: text });
  return (
    <button type="button" className="usual" aria-label={label} title={label} onClick={() => editing.change(path, usual)}>
      {words}
      <RotateCcw size={11} aria-hidden />
    </button>
  );
}

function Fault({ id, text }: { id?: string; text: string | undefined }) {
  if (!text) return null;
  return (
    <p id={id} role="alert" className="option-fault mt-1.5 text-caption text-bad">
      {text}
    </p>
  );
}

function ChoiceRow({ field, editing, refused }: RowProps<ChoiceField>) {
  const { t } = useText();
  const { label, value, idle, changed, fault } = useRow({ field, editing, refused });
  // Where nothing else stands under the title, that says it all.
  const alone = !fields.some((other) => other.group === field.group && other !== field);
  const options = field.options.map((option) => ({
    value: option,
    name: optionText(t, field.path, option, "name"),
    hint: optionText(t, field.path, option, "hint"),
    drawing: drawing(field.path, option),
    mark: option === String(field.usual) ? t("settings.usualMark") : undefined,
  }));
  const choose = (option: string) => editing.change(field.path, typeof value === "boolean" ? option === "true" : option);
  return (
    <div className="option option-block">
      <div className={classNames("mb-2.5", alone && !changed && "sr-only")}>
        <Label text={label} changed={changed} />
      </div>
      <RadioCards label={label} value={String(value)} options={options} disabled={idle} onChange={choose} />
      <Fault text={fault} />
    </div>
  );
}

function SwitchRow({ field, editing, refused }: RowProps<SwitchField>) {
  const { t } = useText();
  const id = useId();
  const { label, value, idle, changed, fault } = useRow({ field, editing, refused });
  const hint = t(`settings.field.${field.path as HintedPath}.hint`);
  return (
    <div className="option option-switch">
      <Label
        htmlFor={id}
        text={label}
        changed={changed}
        hint={`${hint} · ${t("settings.usual", { usual: t(field.usual ? "settings.on" : "settings.off") })}`}
      />
      <SwitchControl id={id} checked={value === true} disabled={idle} onChange={(on) => editing.change(field.path, on)} />
      <Fault text={fault} />
    </div>
  );
}

function NumberRow({ field, editing, refused }: RowProps<NumberField>) {
  const { t, language } = useText();
  const id = useId();
  const { label, value, idle, changed, fault } = useRow({ field, editing, refused });
  const number = typeof value === "number" ? value : Number.NaN;
  const per = field.per ?? 1;
  const change = (next: number) => editing.change(field.path, next);
  const hint = t(`settings.field.${field.path as HintedPath}.hint`);
  return (
    <div className="option">
      <Label htmlFor={id} text={label} changed={changed} hint={hint} />
      <div className="option-slide">
        <Slider
          label={label}
          value={number}
          least={field.least}
          most={field.most}
          step={field.step}
          scale={field.scale}
          valueText={Number.isNaN(number) ? "" : numberText(t, field, number)}
          disabled={idle}
          onChange={change}
        />
        <p className="text-caption text-ink-3">
          {rangeText(t, language, field)} ·{" "}
          <Usual path={field.path} usual={field.usual} text={numberText(t, field, field.usual)} editing={editing} idle={idle} />
        </p>
      </div>
      <NumberInput
        id={id}
        label={label}
        unit={t(`settings.unit.${field.unit}`)}
        value={number / per}
        disabled={idle}
        bad={fault !== undefined}
        describedBy={fault ? `${id}-fault` : `${id}-hint`}
        onChange={(shown) => change(shown * per)}
      />
      <Fault id={`${id}-fault`} text={fault} />
    </div>
  );
}

function SharesRow({ field, editing, refused }: RowProps<SharesField>) {
  const { t } = useText();
  const { path, upper } = field;
  const low = Number(valueAt(editing.settings, path));
  const high = Number(valueAt(editing.settings, upper));
  const move = (shares: { lower: number; upper: number }) => {
    // A thumb moves alone: each event changes one of the two.
    if (shares.lower !== low) editing.change(path, shares.lower);
    else if (shares.upper !== high) editing.change(upper, shares.upper);
  };
  return (
    <div className="option option-block">
      <SharesSlider labels={{ lower: labelOf(t, path), upper: labelOf(t, upper) }} lower={low} upper={high} onChange={move} />
      <div className="mt-1 grid grid-cols-2 gap-5 max-md:grid-cols-1 max-md:gap-2">
        <ShareEnd path={path} usual={field.usual} share={low} colour="bg-rest-fill" editing={editing} fault={refused.get(path)} />
        <ShareEnd path={upper} usual={field.upperUsual} share={high} colour="bg-bad-fill" editing={editing} fault={refused.get(upper)} />
      </div>
    </div>
  );
}

interface ShareEndProps {
  path: Path;
  usual: Value;
  share: number;
  colour: string;
  editing: Editing;
  fault: string | undefined;
}

function ShareEnd({ path, usual, share, colour, editing, fault }: ShareEndProps) {
  const { t } = useText();
  return (
    <div className="flex items-start gap-2.5">
      <i className={classNames("mt-1.5 size-2.5 flex-none rounded-full", colour)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <Label text={labelOf(t, path)} changed={path in editing.draft} hint={t(`settings.field.${path as HintedPath}.hint`)} />
        <p className="text-caption text-ink-3">
          <Usual path={path} usual={usual} text={`${percent(Number(usual))}%`} editing={editing} />
        </p>
        <Fault text={fault} />
      </div>
      <b className="text-title font-semibold">{percent(share)}%</b>
    </div>
  );
}

function TextRow({ field, editing, refused }: RowProps<TextField>) {
  const { t } = useText();
  const id = useId();
  const { label, value, idle, changed, fault } = useRow({ field, editing, refused });
  return (
    <div className="option option-block">
      <div className="mb-2 flex items-baseline gap-3">
        <Label htmlFor={id} text={label} changed={changed} />
        <span className="ml-auto text-caption text-ink-3">
          {t("settings.characters", { count: [...String(value)].length })} ·{" "}
          <Usual path={field.path} usual={field.usual} text={t("settings.emptyText")} editing={editing} idle={idle} />
        </span>
      </div>
      <span className="field field-tall" data-bad={fault !== undefined || undefined}>
        <textarea
          id={id}
          rows={4}
          value={String(value)}
          disabled={idle}
          aria-invalid={fault !== undefined || undefined}
          aria-describedby={fault && `${id}-fault`}
          placeholder={t(`settings.field.${field.path as "prompt_injection.content"}.placeholder`)}
          onChange={(event) => editing.change(field.path, event.target.value)}
        />
      </span>
      <Fault id={`${id}-fault`} text={fault} />
    </div>
  );
}

/** The paths whose words carry a hint; those of choices and texts do not. */
type HintedPath = Exclude<
  Path,
  "strategy" | "fast_failover" | "stream_mode" | "prompt_injection.content" | "prompt_injection.position" | "symbol_injection.strategy"
>;
