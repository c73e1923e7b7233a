import { oneOf, positive, present, text } from "@/api/address";

/** The columns that can be sorted by; a minus before one reverses it. */
export const sortColumns = ["filename", "size", "created", "expires"] as const;
export type SortColumn = (typeof sortColumns)[number];
export type FileSort = SortColumn | `-${SortColumn}`;
const sorts: readonly FileSort[] = sortColumns.flatMap((column): FileSort[] => [column, `-${column}`]);

/** What the address of the files page carries. */
export interface FilesSearch {
  q?: string | undefined;
  sort?: FileSort | undefined;
  page?: number | undefined;
  /** The file that is open. */
  open?: number | undefined;
}

/** Reads an address; a value that makes no sense is dropped. */
export function filesSearch(search: Record<string, unknown>): FilesSearch {
  return present<FilesSearch>({
    q: text(search.q),
    sort: oneOf(sorts, search.sort),
    page: positive(search.page),
    open: positive(search.open),
  });
}
