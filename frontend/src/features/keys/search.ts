import { oneOf, positive, present, text } from "@/api/address";
import { keyStates } from "@/api/types";

export const tabs = ["gemini", "user", "removed"] as const;
export type Tab = (typeof tabs)[number];

export const sortColumns = ["name", "project", "weight", "requests_today", "success_rate", "latency_seconds", "state"] as const;
export type SortColumn = (typeof sortColumns)[number];
const sorts = sortColumns.flatMap((column) => [column, `-${column}`] as const);

/** What the address of the keys page carries. */
export interface KeysSearch {
  tab?: Tab | undefined;
  q?: string | undefined;
  state?: (typeof keyStates)[number] | undefined;
  project?: string | undefined;
  sort?: (typeof sorts)[number] | undefined;
  page?: number | undefined;
  /** The Gemini key whose drawer is open. */
  key?: number | undefined;
  /** The dialog that is open. */
  open?: "import" | "create" | undefined;
}

/** Reads an address; a value that makes no sense is dropped. Plain code, because the router needs it before any page is loaded. */
export function keysSearch(search: Record<string, unknown>): KeysSearch {
  return present<KeysSearch>({
    tab: oneOf(tabs, search.tab),
    q: text(search.q),
    state: oneOf(keyStates, search.state),
    project: text(search.project),
    sort: oneOf(sorts, search.sort),
    page: positive(search.page),
    key: positive(search.key),
    open: oneOf(["import", "create"] as const, search.open),
  });
}
