import { useNavigate, useSearch } from "@tanstack/react-router";
import type { FilesSearch } from "./search";

/** The page keeps its search, order, page and the open file in the address. */
export function useFilesView() {
  const search = useSearch({ from: "/shell/files" });
  const navigate = useNavigate({ from: "/files" });
  const change = (next: Partial<FilesSearch>) =>
    void navigate({ search: (now: FilesSearch) => ({ ...now, ...next }), replace: true, resetScroll: false });
  return { search, change };
}
