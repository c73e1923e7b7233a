import { useNavigate, useSearch } from "@tanstack/react-router";
import type { SystemSearch } from "./search";

/** The page keeps the filter of its list and the open dialog in the address. */
export function useSystemView() {
  const search = useSearch({ from: "/shell/system" });
  const navigate = useNavigate({ from: "/system" });
  const change = (next: Partial<SystemSearch>) =>
    void navigate({ search: (now: SystemSearch) => ({ ...now, ...next }), replace: true, resetScroll: false });
  return { search, change };
}
