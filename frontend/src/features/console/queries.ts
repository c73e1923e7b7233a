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

/** A part of all requests, as the gateway narrows a series down: one of the three is there. */
export interface Part {
  model?: string | undefined;
  gemini_key_id?: number | undefined;
  user_key_id?: number | undefined;
}

export interface NamedPart {
  kind: "model" | "key" | "user";
  name: string;
  part: Part;
}

export function timeseriesQuery(range: Range, part?: Part) {
  return queryOptions({
    queryKey: ["timeseries", range, part],
    queryFn: async ({ signal }) => {
      const query = { range, tz: timeZone, ...part };
      return dataOf(await api().GET("/stats/timeseries", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

const partsOffered = 8;

/** The busiest models, Gemini keys and user keys of a range. */
export function partsQuery(range: Range) {
  return queryOptions({
    queryKey: ["traffic-parts", range],
    queryFn: async ({ signal }) => {
      const asked = { params: { query: { range, tz: timeZone } }, signal };
      const [models, keys, users] = await Promise.all([
        api().GET("/stats/models", asked),
        api().GET("/stats/keys", asked),
        api().GET("/stats/user-keys", asked),
      ]);
      const busiest = <Item>(items: Item[], part: (item: Item) => NamedPart): NamedPart[] => items.slice(0, partsOffered).map(part);
      return [
        ...busiest(dataOf(models).items, ({ name }) => ({ kind: "model", name, part: { model: name } })),
        ...busiest(dataOf(keys).items, (key) => ({
          kind: "key",
          name: key.name || key.masked || `#${key.key_id}`,
          part: { gemini_key_id: key.key_id },
        })),
        ...busiest(dataOf(users).items, (key) => ({
          kind: "user",
          name: key.name ?? `#${key.user_key_id}`,
          part: { user_key_id: key.user_key_id },
        })),
      ];
    },
    staleTime: 5_000,
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
