import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { Settings } from "@/api/types";
import { type Draft, patchOf } from "./path";

/** The settings with the version they were read at. */
export interface Versioned {
  settings: Settings;
  etag: string;
}

const queryKey = ["settings"];

export function settingsQuery() {
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }) => versioned(await api().GET("/settings", { signal })),
  });
}

function versioned(result: { data?: Settings; response: Response }): Versioned {
  return { settings: dataOf(result), etag: result.response.headers.get("ETag") ?? "" };
}

/** Saves a draft on top of the version it was made on; throws a Problem version_conflict where another was saved meanwhile. */
export function useSaveSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, etag }: { draft: Draft; etag: string }): Promise<Versioned> =>
      versioned(await api().PATCH("/settings", { params: { header: etag ? { "If-Match": etag } : {} }, body: patchOf(draft) })),
    onSuccess: (saved) => queries.setQueryData(queryKey, saved),
  });
}

/** What each strategy of symbol injection makes of a text, the present one marked. */
export function symbolSamplesQuery(text: string) {
  return queryOptions({
    queryKey: ["symbol-samples", text],
    queryFn: async ({ signal }) => dataOf(await api().POST("/tools/symbol-injection", { body: { text }, signal })).items,
    enabled: text !== "",
    gcTime: 0,
  });
}
