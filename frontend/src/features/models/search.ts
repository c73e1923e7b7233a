import { present, text } from "@/api/address";

/** What the address of the models page carries. */
export interface ModelsSearch {
  q?: string | undefined;
}

export function modelsSearch(search: Record<string, unknown>): ModelsSearch {
  return present<ModelsSearch>({ q: text(search.q) });
}
