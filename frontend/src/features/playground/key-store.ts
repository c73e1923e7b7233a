import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import { KeptStore } from "@/api/kept";
import { Problem } from "@/api/problem";
import { modelNames } from "./chat";

/** The user key the playground speaks with; gone with the tab, and at log-out. */
export interface PlaygroundKey {
  key: string;
  /** Set where the playground made it, and may delete it again. */
  id?: number;
}

export const playgroundKey = new KeptStore<PlaygroundKey>("playground-key");

const keyLifeMs = 24 * 3_600_000;

/** Makes a key that ends by itself, because a closed tab cannot delete it. */
export function useMakeKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) =>
      dataOf(await api().POST("/user-keys", { body: { name, expires_at: new Date(Date.now() + keyLifeMs).toISOString() } })),
    onSuccess: ({ key, id }) => {
      playgroundKey.set({ key, id });
      void queries.invalidateQueries({ queryKey: ["user-keys"] });
    },
    gcTime: 0,
  });
}

/** Lets go of the key; one that was made here is deleted. */
export function useForgetKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id }: PlaygroundKey) => {
      if (id === undefined) return;
      await api()
        .DELETE("/user-keys/{id}", { params: { path: { id } } })
        .catch((error: unknown) => {
          // One that is gone already is what was wanted.
          if (!(error instanceof Problem && error.status === 404)) throw error;
        });
    },
    onSuccess: () => {
      playgroundKey.set(undefined);
      void queries.invalidateQueries({ queryKey: ["user-keys"] });
    },
  });
}

export function modelNamesQuery({ key, id }: PlaygroundKey) {
  return queryOptions({
    // The key itself stays out of the cache's names.
    queryKey: ["playground-models", id ?? `…${key.slice(-4)}`],
    queryFn: ({ signal }) => modelNames(key, signal),
    staleTime: 60_000,
    gcTime: 0,
  });
}
