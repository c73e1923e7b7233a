import { percent } from "@/text/format";
import type { TextFunction } from "@/text/translate";
import { type Field, fieldOf, type NumberField } from "./fields";
import type { Path, Value } from "./path";

/** A setting's name in the reader's language. */
export function labelOf(t: TextFunction, path: Path): string {
  return t(`settings.field.${path}.label`);
}

/** A number with its unit, as the field shows it: 3600 in minutes → "60 分钟". */
export function numberText(t: TextFunction, field: NumberField, value: number): string {
  return `${Math.round((value / (field.per ?? 1)) * 100) / 100} ${t(`settings.unit.${field.unit}`)}`;
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

/** What is wrong with a value before the gateway has seen it; undefined where nothing is. */
export function faultOf(t: TextFunction, field: Field, value: Value): string | undefined {
  if (field.kind === "text") {
    const size = new Blob([String(value)]).size;
    return size > field.mostBytes ? t("settings.tooLong", { size: Math.ceil(size / 1024) }) : undefined;
  }
  if (field.kind !== "number") return undefined;
  const { least, most, per = 1 } = field;
  const number = Number(value);
  const counted =
    field.unit === "keys" ||
    field.unit === "times" ||
    field.unit === "tokens" ||
    field.unit === "megabytes" ||
    field.path === "cleanup.days";
  const good = number >= least && number <= most && (!counted || Number.isInteger(number));
  if (good) return undefined;
  const limits = { least: String(Math.round((least / per) * 100) / 100), most: String(most / per) };
  return t(counted ? "settings.wholeRange" : "settings.range", limits);
}
