import { useNavigate, useSearch } from "@tanstack/react-router";
import type { RequestsSearch } from "./search";

/** The page keeps its filters and the open request in the address. */
export function useRequestsView() {
  const search = useSearch({ from: "/shell/requests" });
  const navigate = useNavigate({ from: "/requests" });
  const change = (next: Partial<RequestsSearch>) =>
    void navigate({ search: (now: RequestsSearch) => ({ ...now, ...next }), replace: true, resetScroll: false });
  return { search, change };
}
