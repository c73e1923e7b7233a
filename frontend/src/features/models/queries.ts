import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { Model, ModelRequest, ModelSync } from "@/api/types";

/** All models fit on one page: there are some dozens. */
const pageSize = 200;

export function modelsQuery(q: string | undefined) {
  return queryOptions({
    queryKey: ["models", q ?? ""],
    queryFn: async ({ signal }) => {
      const query = { page: 1, page_size: pageSize, sort: "-requests_today", ...(q && { q }) } as const;
      return dataOf(await api().GET("/models", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

/** Who could serve a model at this moment. */
export function servingQuery(name: string) {
  return queryOptions({
    queryKey: ["models", "serving", name],
    queryFn: async ({ signal }) => dataOf(await api().GET("/models/{name}/serving", { params: { path: { name } }, signal })),
    refetchInterval: 5_000,
  });
}

function useRefreshModels() {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ["models"] });
    void queries.invalidateQueries({ queryKey: ["overview"] });
  };
}

/** Sets all of a model's row at once; one that is not there yet is made. */
export function usePutModel() {
  const onSuccess = useRefreshModels();
  return useMutation({
    mutationFn: async ({ name, body }: { name: string; body: ModelRequest }): Promise<Model> =>
      dataOf(await api().PUT("/models/{name}", { params: { path: { name } }, body })),
    onSuccess,
  });
}

/** Puts a model back to what the program came with, or to nothing known. */
export function useResetModel() {
  const onSuccess = useRefreshModels();
  return useMutation({
    mutationFn: async (name: string) => {
      await api().DELETE("/models/{name}", { params: { path: { name } } });
    },
    onSuccess,
  });
}

/** Asks Gemini which models the keys can use; sets nothing. */
export function useSyncModels() {
  const onSuccess = useRefreshModels();
  return useMutation({ mutationFn: async (): Promise<ModelSync> => dataOf(await api().POST("/models/sync")), onSuccess });
}

/** The row of a model with some of it changed, as PUT wants it: whole. */
export function rowOf(model: Model, change: Partial<ModelRequest> = {}): ModelRequest {
  const { rpm, tpm, rpd } = model.limits;
  const { alias, enabled, thinking_budget, include_thoughts } = model;
  return { rpm, tpm, rpd, alias, enabled, thinking_budget, include_thoughts, ...change };
}
