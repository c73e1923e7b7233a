import type { TextFunction } from "@/text/translate";
import { type Field, fields } from "./fields";
import type { Path } from "./path";
import { labelOf, optionText } from "./words";

/** The settings whose name, sentence, options or API name hold every word of a search, in the page's order; in two languages where the other is given. */
export function findSettings(t: TextFunction, search: string, other?: TextFunction): Field[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return fields.filter((field) => {
    const text = (wordsOf(t, field) + (other ? wordsOf(other, field) : "")).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The name of a setting as it stands in a list apart from the page: its group first, where that says more. */
export function fullLabel(t: TextFunction, field: Field): string {
  const group = t(`settings.group.${field.group}.title`);
  const label = labelOf(t, field.path);
  return group === label ? label : `${group} · ${label}`;
}

function wordsOf(t: TextFunction, field: Field): string {
  const paths: Path[] = field.kind === "shares" ? [field.path, field.upper] : [field.path];
  const options =
    field.kind === "choice"
      ? field.options.flatMap((option) => [optionText(t, field.path, option, "name"), optionText(t, field.path, option, "hint")])
      : [];
  return [
    t(`settings.group.${field.group}.title`),
    t(`settings.group.${field.group}.hint`),
    ...paths.flatMap((path) => [path, labelOf(t, path), hintOf(t, path)]),
    ...options,
  ].join("\n");
}

/** A setting's sentence; one without has its own key for a text, which does no harm in a search. */
function hintOf(t: TextFunction, path: Path): string {
  return t(`settings.field.${path}.hint` as "settings.field.queue_wait.hint");
}
