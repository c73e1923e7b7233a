import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, authorizedFetch, dataOf } from "@/api/client";
import { apiBaseUrl } from "@/api/config";
import { saveFile } from "@/ui/save-file";
import type { Range, RequestsSearch } from "./search";

const pageSize = 50;
const hour = 3_600_000;
const spans: Record<Exclude<Range, "all">, number> = { "1h": hour, "24h": 24 * hour, "7d": 7 * 24 * hour, "30d": 30 * 24 * hour };

/** Which requests are asked for: an address without what is open in it. */
export type Filter = Omit<RequestsSearch, "open">;

function query(filter: Filter, now: number) {
  const { range = "24h", status, model, user, key, form, q } = filter;
  return {
    ...(range !== "all" && { from: new Date(now - spans[range]).toISOString() }),
    ...(status && { status }),
    ...(model && { model }),
    ...(user && { user_key_id: user }),
    ...(key && { gemini_key_id: key }),
    ...(form && { stream: form === "stream" }),
    ...(q && { q }),
  };
}

/** The requests that match, newest first, a page at a time. */
export function requestsQuery(filter: Filter) {
  return infiniteQueryOptions({
    queryKey: ["requests", "list", filter],
    queryFn: async ({ pageParam, signal }) => {
      const params = { ...query(filter, Date.now()), page_size: pageSize, ...(pageParam && { after: pageParam }) };
      return dataOf(await api().GET("/requests", { params: { query: params }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    // Records do not change: there is nothing to share between what was read and what is read anew, and much to compare.
    structuralSharing: false,
    // Who has scrolled down is not sent through all those pages again by looking elsewhere for a moment.
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) <= 1,
  });
}

export function requestQuery(id: number) {
  return queryOptions({
    queryKey: ["requests", "one", id],
    queryFn: async ({ signal }) => dataOf(await api().GET("/requests/{id}", { params: { path: { id } }, signal })),
    // What is recorded does not change; only the names of its keys might.
    staleTime: 60_000,
  });
}

/** The names and ids to filter by. */
export function userKeyNamesQuery() {
  return queryOptions({
    queryKey: ["user-keys", "names"],
    queryFn: async ({ signal }) => {
      const { items } = dataOf(await api().GET("/user-keys", { params: { query: { page: 1, page_size: 200, sort: "name" } }, signal }));
      return items.map(({ id, name }) => ({ id, name }));
    },
  });
}

export function modelNamesQuery() {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return queryOptions({
    queryKey: ["overview"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/stats/overview", { params: { query: { tz } }, signal })),
    select: (overview) => overview.models.filter((model) => model.requests_today > 0).map((model) => model.name),
  });
}

/** Fetches the matching requests as CSV and hands them to the browser to save. */
export async function saveCsv(filter: Filter): Promise<void> {
  const params = new URLSearchParams(Object.entries(query(filter, Date.now())).map(([name, value]) => [name, String(value)]));
  const response = await authorizedFetch(new Request(`${apiBaseUrl()}/admin/v1/requests.csv?${params}`));
  saveFile(await response.blob(), `requests-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.csv`);
}
