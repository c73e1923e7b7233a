import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { Model, ModelRequest, ModelSync } from "@/api/types";

/** The most that the gateway gives at once; there are some dozens of models, and some hundreds at most. */
const pageSize = 200;

export function modelsQuery(q: string | undefined) {
  return queryOptions({
    queryKey: ["models", "list", q ?? ""],
    queryFn: async ({ signal }) => {
      const items: Model[] = [];
      for (let page = 1; ; page += 1) {
        const query = { page, page_size: pageSize, sort: "-requests_today", ...(q && { q }) } as const;
        const more = dataOf(await api().GET("/models", { params: { query }, signal }));
        items.push(...more.items);
        if (more.items.length < pageSize) return { items };
      }
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

interface ModelChange {
  name: string;
  body: ModelRequest;
  /** Of the row that the change rests on; without it whatever is there is written over. */
  version?: string | undefined;
}

/** Sets all of a model's row at once, and shows it at once; one that is not there yet is made. */
export function usePutModel() {
  const queries = useQueryClient();
  const refresh = useRefreshModels();
  return useMutation({
    mutationFn: async ({ name, body, version }: ModelChange): Promise<Model> =>
      dataOf(
        await api().PUT("/models/{name}", {
          params: { path: { name }, header: version === undefined ? {} : { "If-Match": `"${version}"` } },
          body,
        }),
      ),
    onMutate: ({ name, body: { enabled } }) =>
      queries.setQueriesData<{ items: Model[] }>(
        { queryKey: ["models", "list"] },
        (now) => now && { items: now.items.map((model) => (model.name === name ? { ...model, enabled } : model)) },
      ),
    onSettled: refresh,
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
