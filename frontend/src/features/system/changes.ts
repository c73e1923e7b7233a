import type { AuditEntry, RestoreCounts } from "@/api/types";
import { bytes, fullTime, type Language, percent, span, whole } from "@/text/format";
import type { TextFunction, TextKey } from "@/text/translate";

/** One thing that was changed, in the reader's words; of something new there is no before. */
export interface Change {
  label: string;
  before?: string;
  /** Left out where the label says it all. */
  after?: string;
}

/** What is noted for the table, and says nothing more to a reader of the list. */
export const untold: ReadonlySet<string> = new Set([
  "filter",
  "matched",
  "preview",
  "made_by",
  "has_usage",
  "user_key_id",
  "mime_type",
  "size",
]);

/** What an entry of the audit changed. Of what is new or gone, what it was set to. */
export function changesOf(t: TextFunction, language: Language, entry: AuditEntry): Change[] {
  const before = leaves(entry.before);
  const after = leaves(entry.after);
  // Either alone tells of a thing that was made, or of one that is no more.
  const both = entry.before && entry.after;
  const words = (name: string, value: unknown) => valueText(t, language, name, value);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): Change[] => {
    const [old, now] = [before.get(name), after.get(name)];
    const label = labelText(t, name);
    if (both) return JSON.stringify(old) === JSON.stringify(now) ? [] : [{ label, before: words(name, old), after: words(name, now) }];
    const value = old ?? now;
    if (untold.has(name)) return [];
    if (name === "enabled" ? value === true : empty(value)) return [];
    return [{ label, ...(value !== true && { after: words(name, value) }) }];
  });
}

/** The values by their dotted names; a list is one value, and so is what a restore counted. */
function leaves(value: unknown, name = "", found = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || "same" in value) {
    if (name) found.set(name, value);
    return found;
  }
  for (const [key, inner] of Object.entries(value)) leaves(inner, name ? `${name}.${key}` : key, found);
  return found;
}

function empty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0);
}

/** A text that may be missing: a name from a newer gateway. */
function textOr(t: TextFunction, key: string, other: string): string {
  const text = t(key as TextKey);
  return text === key ? other : text;
}

/** A setting by its name on the settings page, anything else by ours; what is not known keeps the API's name. */
function labelText(t: TextFunction, name: string): string {
  return textOr(t, `system.field.${name.replace("filter.", "")}`, textOr(t, `settings.field.${name}.label`, name));
}

function valueText(t: TextFunction, language: Language, name: string, value: unknown): string {
  if (empty(value) && value !== false) return t("system.none");
  if (typeof value === "boolean") return t(value ? "system.yes" : "system.no");
  if (Array.isArray(value)) return value.join(t("system.comma"));
  if (typeof value === "object") return countsText(t, value as RestoreCounts);
  if (typeof value === "number") return numberText(language, name, value);
  const text = String(value);
  if (/_at$/.test(name)) return fullTime(text, language);
  return textOr(t, `settings.field.${name}.option.${text}.name`, textOr(t, `system.value.${text}`, textOr(t, `state.${text}`, text)));
}

/** What becomes of things of one kind when a backup is restored. */
export function countsText(t: TextFunction, { added, changed, same }: RestoreCounts): string {
  const parts = [
    added > 0 && t("system.plan.added", { count: added }),
    changed > 0 && t("system.plan.changed", { count: changed }),
    same > 0 && t("system.plan.same", { count: same }),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(t("system.comma")) : "0";
}

/** The API's names say what a number counts: seconds, bytes or shares. */
function numberText(language: Language, name: string, value: number): string {
  if (/bytes$/.test(name)) return bytes(value);
  if (/(timeout|wait|delay|interval|ttl|retention)$/.test(name)) return span(value * 1000, language);
  if (name.startsWith("usage_threshold")) return `${percent(value)}%`;
  return value < 0 ? String(value) : whole(value);
}
