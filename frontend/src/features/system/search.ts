import { oneOf, positive, present, text } from "@/api/address";

/** What the list of changes can be narrowed to. */
export const kinds = ["sign", "keys", "users", "models", "settings"] as const;
export type Kind = (typeof kinds)[number];

/** What the address of the system page carries. */
export interface SystemSearch {
  kind?: Kind | undefined;
  q?: string | undefined;
  page?: number | undefined;
  /** The dialog that is open. */
  open?: "backup" | "restore" | "password" | undefined;
}

/** Reads an address; a value that makes no sense is dropped. */
export function systemSearch(search: Record<string, unknown>): SystemSearch {
  return present<SystemSearch>({
    kind: oneOf(kinds, search.kind),
    q: text(search.q),
    page: positive(search.page),
    open: oneOf(["backup", "restore", "password"] as const, search.open),
  });
}
