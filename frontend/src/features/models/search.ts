/** What the address of the models page carries. */
export interface ModelsSearch {
  q?: string | undefined;
}

/** Reads an address; the router reads ?q=3 as a number, here it is text again. */
export function modelsSearch(search: Record<string, unknown>): ModelsSearch {
  const { q } = search;
  return (typeof q === "string" && q !== "") || typeof q === "number" ? { q: String(q) } : {};
}
