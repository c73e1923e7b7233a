import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, authorizedFetch, dataOf } from "@/api/client";
import { apiBaseUrl } from "@/api/config";
import type { RequestRecord } from "@/api/types";
import { saveFile } from "@/ui/save-file";
import type { Range, RequestsSearch } from "./search";

const pageSize = 50;
/** The gateway counts no further, and no tab keeps more rows than that. */
export const countedTo = 10_000;
/** The gateway writes no more into one file. */
export const exportedTo = 100_000;
const hour = 3_600_000;
const spans: Record<Exclude<Range, "all">, number> = { "1h": hour, "24h": 24 * hour, "7d": 7 * 24 * hour, "30d": 30 * 24 * hour };

/** Which requests are asked for: an address without what is open in it. */
export type Filter = Omit<RequestsSearch, "open">;

function query(filter: Filter, now: number) {
  const { range = "24h", from, to, status, outcome, retried, model, user, key, form, q } = filter;
  const own = from !== undefined || to !== undefined;
  return {
    ...(own ? present({ from, to }) : range !== "all" && { from: new Date(now - spans[range]).toISOString() }),
    ...(status && { status }),
    ...(outcome && { outcome }),
    ...(retried && { retried }),
    ...(model && { model }),
    ...(user && { user_key_id: user }),
    ...(key && { gemini_key_id: key }),
    ...(form && { stream: form === "stream" }),
    ...(q && { q }),
  };
}

function present({ from, to }: { from: string | undefined; to: string | undefined }) {
  return { ...(from && { from }), ...(to && { to }) };
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
    getNextPageParam: (last, pages) => (pages.length * pageSize < countedTo ? last.next : undefined),
    placeholderData: keepPreviousData,
    // Records do not change: there is nothing to share between what was read and what is read anew, and much to compare.
    structuralSharing: false,
    // Who has scrolled down is not sent through all those pages again by looking elsewhere for a moment.
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) <= 1,
  });
}

/** How many match that came after the newest that is listed. */
export function newerQuery(filter: Filter, listed: readonly RequestRecord[]) {
  const newest = listed[0]?.time ?? "";
  return queryOptions({
    queryKey: ["requests", "newer", filter, newest],
    queryFn: async ({ signal }) => {
      const params = { ...query(filter, Date.now()), from: newest, page_size: 1 };
      const { total } = dataOf(await api().GET("/requests", { params: { query: params }, signal }));
      // Counted from the newest's own time, so those of that time are among them.
      return Math.max(0, (total ?? 0) - listed.filter(({ time }) => time === newest).length);
    },
    gcTime: 0,
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

const choices = 50;

/** User keys to filter by, found by a part of their name. */
export function userChoicesQuery(q: string) {
  return queryOptions({
    queryKey: ["user-keys", "choices", q],
    queryFn: async ({ signal }) => {
      const params = { page: 1, page_size: choices, sort: "name" as const, ...(q && { q }) };
      const { items } = dataOf(await api().GET("/user-keys", { params: { query: params }, signal }));
      return items.map(({ id, name }) => ({ value: String(id), label: name }));
    },
    placeholderData: keepPreviousData,
  });
}

/** Gemini keys to filter by, found by a part of their name, note or masked key. */
export function keyChoicesQuery(q: string) {
  return queryOptions({
    queryKey: ["gemini-keys", "choices", q],
    queryFn: async ({ signal }) => {
      const params = { page: 1, page_size: choices, sort: "name" as const, ...(q && { q }) };
      const { items } = dataOf(await api().GET("/gemini-keys", { params: { query: params }, signal }));
      return items.map(({ id, name, masked }) => ({ value: String(id), label: `${name} ${masked}` }));
    },
    placeholderData: keepPreviousData,
  });
}

/** The models that were asked for in a range, the busiest first. */
export function modelChoicesQuery(range: Exclude<Range, "all">) {
  return queryOptions({
    queryKey: ["models", "choices", range],
    queryFn: async ({ signal }) => dataOf(await api().GET("/stats/models", { params: { query: { range } }, signal })),
    select: ({ items }) => items.filter(({ requests }) => requests > 0).map(({ name }) => ({ value: name, label: name })),
  });
}

interface Export {
  signal: AbortSignal;
  onRows: (rows: number) => void;
}

const newline = 10;

/** Fetches the matching requests as CSV, tells how far it is, and hands them to the browser to save. Gives how many there are. */
export async function saveCsv(filter: Filter, { signal, onRows }: Export): Promise<number> {
  const params = new URLSearchParams(Object.entries(query(filter, Date.now())).map(([name, value]) => [name, String(value)]));
  const response = await authorizedFetch(new Request(`${apiBaseUrl()}/admin/v1/requests.csv?${params}`, { signal }), { endless: true });
  const parts: BlobPart[] = [];
  let rows = -1; // the first line is the head
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    rows += value.reduce((sum, byte) => sum + (byte === newline ? 1 : 0), 0);
    onRows(Math.max(0, rows));
  }
  saveFile(new Blob(parts, { type: "text/csv" }), `requests-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.csv`);
  return Math.max(0, rows);
}
