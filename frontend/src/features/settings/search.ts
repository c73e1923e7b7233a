import { oneOf, present, text } from "@/api/address";

/** The groups of the page, in its order; the address carries the chosen one. */
export const sections = ["routing", "health", "quota", "answers", "symbols", "records"] as const;
export type Section = (typeof sections)[number];

/** What the address of the settings page carries. */
export interface SettingsSearch {
  section?: Section | undefined;
  /** Shows the settings that fit, of all sections. */
  q?: string | undefined;
}

/** Reads an address; a section there is none of is dropped. */
export function settingsSearch(search: Record<string, unknown>): SettingsSearch {
  return present<SettingsSearch>({ section: oneOf(sections, search.section), q: text(search.q) });
}
