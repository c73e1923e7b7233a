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
    onSuccess: (saved) => {
      queries.setQueryData(queryKey, saved);
      // What they say depends on the settings.
      void queries.invalidateQueries({ queryKey: ["cleanup"] });
      void queries.invalidateQueries({ queryKey: ["keep-alive"] });
    },
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

const slowly = 15_000;

/** What a cleanup would do now. */
export function cleanupQuery() {
  return queryOptions({
    queryKey: ["cleanup"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/cleanup/preview", { signal })),
    refetchInterval: slowly,
  });
}

export function useRunCleanup() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => dataOf(await api().POST("/cleanup/run")),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["cleanup"] });
      void queries.invalidateQueries({ queryKey: ["gemini-keys"] });
      void queries.invalidateQueries({ queryKey: ["overview"] });
    },
  });
}

/** How the pings to the gateway's own public address go. */
export function keepAliveQuery() {
  return queryOptions({
    queryKey: ["keep-alive"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/keep-alive", { signal })),
    refetchInterval: slowly,
  });
}

export function usePing() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => dataOf(await api().POST("/keep-alive/ping")),
    onSuccess: (state) => queries.setQueryData(keepAliveQuery().queryKey, state),
  });
}
