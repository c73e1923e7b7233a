import { bytes, type Language, percent, span } from "@/text/format";
import type { TextFunction } from "@/text/translate";
import { type Field, fieldOf, type NumberField } from "./fields";
import type { Path, Value } from "./path";

/** A setting's name in the reader's language. */
export function labelOf(t: TextFunction, path: Path): string {
  return t(`settings.field.${path}.label`);
}

function figure(value: number): string {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 }).format(value).replace("-", "−");
}

/** A number with its unit, as the field shows it: 3600 in minutes → "60 分钟". */
export function numberText(t: TextFunction, field: NumberField, value: number): string {
  return `${figure(value / (field.per ?? 1))} ${t(`settings.unit.${field.unit}`)}`;
}

/** A value in words, for the list of changes; undefined where it is too long to say. */
export function valueText(t: TextFunction, path: Path, value: Value): string | undefined {
  const field = fieldOf(path);
  switch (field?.kind) {
    case "number":
      return typeof value === "number" && !Number.isNaN(value) ? numberText(t, field, value) : "—";
    case "shares":
      return `${percent(Number(value))}%`;
    case "switch":
      return t(value ? "settings.on" : "settings.off");
    case "choice":
      return optionText(t, path, String(value), "name");
    default:
      return undefined;
  }
}

/** What an option is called, or what it does and for whom. */
export function optionText(t: TextFunction, path: Path, option: string, part: "name" | "hint"): string {
  // The options of a choice are strings in the table; a test sees to it that each has its words.
  const key: string = `settings.field.${path}.option.${option}.${part}`;
  return t(key as "settings.on");
}

/** From where to where a number may go, with its unit once: "1–20 keys"; what is shown by the hour may begin with minutes. */
export function rangeText(t: TextFunction, language: Language, field: NumberField): string {
  const { least, most, per, unit } = field;
  if (unit === "megabytes") return `${least && bytes(least)}–${bytes(most)}`;
  if (per) return `${span(least * 1000, language)}–${span(most * 1000, language)}`;
  return `${figure(least)}–${numberText(t, field, most)}`;
}

/** Units of which there is no half. */
const whole = new Set(["keys", "times", "tokens", "megabytes"]);

/** What is wrong with a value before the gateway has seen it; undefined where nothing is. */
export function faultOf(t: TextFunction, language: Language, field: Field, value: Value): string | undefined {
  if (field.kind === "text") {
    const size = new Blob([String(value)]).size;
    return size > field.mostBytes ? t("settings.tooLong", { size: Math.ceil(size / 1024) }) : undefined;
  }
  if (field.kind !== "number") return undefined;
  const { least, most } = field;
  const number = Number(value);
  const counted = whole.has(field.unit) || field.path === "cleanup.days";
  if (number >= least && number <= most && (!counted || Number.isInteger(number))) return undefined;
  return t(counted ? "settings.wholeRange" : "settings.range", { range: rangeText(t, language, field) });
}
