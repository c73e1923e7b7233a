import { useNavigate, useSearch } from "@tanstack/react-router";
import type { KeysSearch } from "./search";

/** The keys page keeps its view in the address: tab, filters, page, and the open key. */
export function useKeysView() {
  const search = useSearch({ from: "/shell/keys" });
  const navigate = useNavigate({ from: "/keys" });
  const change = (next: Partial<KeysSearch>) => void navigate({ search: (now: KeysSearch) => ({ ...now, ...next }), replace: true });
  return { search, change, navigate };
}
