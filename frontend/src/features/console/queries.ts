import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";

export type Range = "1h" | "24h" | "7d" | "30d";
export const ranges: readonly Range[] = ["1h", "24h", "7d", "30d"];

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** All the console shows but the chart; days are counted in the reader's time zone. */
export function overviewQuery() {
  return queryOptions({
    queryKey: ["overview"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/stats/overview", { params: { query: { tz: timeZone } }, signal })),
  });
}

export function timeseriesQuery(range: Range) {
  return queryOptions({
    queryKey: ["timeseries", range],
    queryFn: async ({ signal }) => dataOf(await api().GET("/stats/timeseries", { params: { query: { range, tz: timeZone } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Whether any user key was ever used: tells a gateway that waits for its first request from one that is idle. */
export function everUsedQuery() {
  return queryOptions({
    queryKey: ["user-keys", "ever-used"],
    queryFn: async ({ signal }) => {
      const query = { page: 1, page_size: 1, sort: "-last_used_at" } as const;
      const { items } = dataOf(await api().GET("/user-keys", { params: { query }, signal }));
      return items.some((key) => key.last_used_at !== null);
    },
  });
}
