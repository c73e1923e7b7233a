import { oneOf, positive, present, text } from "@/api/address";

/** What the list of changes can be narrowed to; the gateway's own words. */
export const kinds = ["sign", "keys", "users", "models", "settings", "files", "backups"] as const;
export type Kind = (typeof kinds)[number];
/** How far back it goes; without one, all that is kept. */
export const spans = ["24h", "7d", "30d"] as const;
export type Span = (typeof spans)[number];
const dialogs = ["backup", "restore", "password", "replicas"] as const;

/** What narrows the list of changes. */
export interface AuditFilter {
  kind?: Kind | undefined;
  span?: Span | undefined;
  q?: string | undefined;
}

/** What the address of the system page carries. */
export interface SystemSearch extends AuditFilter {
  page?: number | undefined;
  /** The dialog that is open. */
  open?: (typeof dialogs)[number] | undefined;
}

/** Reads an address; a value that makes no sense is dropped. */
export function systemSearch(search: Record<string, unknown>): SystemSearch {
  return present<SystemSearch>({
    kind: oneOf(kinds, search.kind),
    span: oneOf(spans, search.span),
    q: text(search.q),
    page: positive(search.page),
    open: oneOf(dialogs, search.open),
  });
}
