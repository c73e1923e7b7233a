import type { Settings } from "@/api/types";

export type { Settings };

type Paths<T, P extends string = ""> = {
  [K in keyof T & string]: T[K] extends object ? Paths<T[K], `${P}${K}.`> : `${P}${K}`;
}[keyof T & string];

/** The address of one value in the settings, e.g. "cleanup.days". */
export type Path = Paths<Settings>;
export type Value = string | number | boolean;
/** What the operator has changed and not saved. A number field that holds no number keeps its text. */
export type Draft = { readonly [P in Path]?: Value };

export function valueAt(settings: Settings, path: Path): Value {
  let value: unknown = settings;
  for (const name of path.split(".")) value = (value as Record<string, unknown>)[name];
  return value as Value;
}

/** The settings with a draft's values in place of their own. */
export function withDraft(settings: Settings, draft: Draft): Settings {
  const merged = structuredClone(settings);
  for (const [path, value] of Object.entries(draft)) put(merged, path, value);
  return merged;
}

/** The body of a PATCH that makes a draft's changes and no others. */
export function patchOf(draft: Draft): Record<string, unknown> {
  const patch = {};
  for (const [path, value] of Object.entries(draft)) put(patch, path, value);
  return patch;
}

function put(target: object, path: string, value: Value): void {
  const names = path.split(".");
  const last = names.pop() ?? path;
  let at = target as Record<string, unknown>;
  for (const name of names) {
    at[name] ??= {};
    at = at[name] as Record<string, unknown>;
  }
  at[last] = value;
}

/** A draft with one more value; a value that is the saved one is no change. */
export function drafted(saved: Settings, draft: Draft, path: Path, value: Value): Draft {
  const { [path]: _, ...rest } = draft;
  return valueAt(saved, path) === value ? rest : { ...rest, [path]: value };
}

/** The paths among these whose values differ. */
export function differing(one: Settings, other: Settings, among: readonly Path[]): Path[] {
  return among.filter((path) => valueAt(one, path) !== valueAt(other, path));
}
