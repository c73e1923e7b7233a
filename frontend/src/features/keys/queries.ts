import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { CheckResult, GeminiKey, GeminiKeyPatch, GeminiKeySort, ImportResult, NewUserKey, UserKey, UserKeyPatch } from "@/api/types";
import { snippetModel } from "@/ui/snippet-model";

export const pageSize = 50;
const mostPerPage = 200;
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export interface GeminiKeysView {
  page: number;
  sort: GeminiKeySort;
  q?: string | undefined;
  state?: GeminiKey["state"] | undefined;
  project?: string | undefined;
}

export function geminiKeysQuery(view: GeminiKeysView) {
  return queryOptions({
    queryKey: ["gemini-keys", "list", view],
    queryFn: async ({ signal }) => dataOf(await api().GET("/gemini-keys", { params: { query: { ...view, page_size: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function geminiKeyQuery(id: number) {
  return queryOptions({
    queryKey: ["gemini-keys", "one", id],
    queryFn: async ({ signal }) => dataOf(await api().GET("/gemini-keys/{id}", { params: { path: { id } }, signal })),
  });
}

/** The names of the pool's projects, for filters and suggestions. */
export function projectsQuery() {
  return queryOptions({
    queryKey: ["overview"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/stats/overview", { params: { query: { tz: timeZone } }, signal })),
    select: (overview) => overview.projects.filter((project) => project.source !== "unknown").map((project) => project.name),
  });
}

/** A model that this pool has served, for code to paste. */
export function modelQuery() {
  return queryOptions({ ...projectsQuery(), select: snippetModel });
}

/** What an import of this text would do; saves nothing. */
export function importPreviewQuery(text: string) {
  return queryOptions({
    queryKey: ["import-preview", text],
    queryFn: async ({ signal }) => dataOf(await api().POST("/gemini-keys/import", { body: { text, dry_run: true }, signal })),
    enabled: text !== "",
    placeholderData: keepPreviousData,
    // The text holds whole keys: it leaves the cache with the dialog.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface UserKeysView {
  page: number;
  q?: string | undefined;
}

export function userKeysQuery(view: UserKeysView) {
  return queryOptions({
    queryKey: ["user-keys", "list", view],
    queryFn: async ({ signal }) =>
      dataOf(await api().GET("/user-keys", { params: { query: { ...view, page_size: pageSize, tz: timeZone } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Reads anew whatever a change of keys may touch. */
function useRefreshKeys() {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ["gemini-keys"] });
    void queries.invalidateQueries({ queryKey: ["user-keys"] });
    void queries.invalidateQueries({ queryKey: ["overview"] });
  };
}

export function useImportKeys() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (body: { text: string; project?: string; weight?: number }): Promise<ImportResult> =>
      dataOf(await api().POST("/gemini-keys/import", { body })),
    onSuccess,
  });
}

export function useEditKey() {
  const queries = useQueryClient();
  const refresh = useRefreshKeys();
  return useMutation({
    mutationFn: async ({ id, patch }: { id: number; patch: GeminiKeyPatch }): Promise<GeminiKey> =>
      dataOf(await api().PATCH("/gemini-keys/{id}", { params: { path: { id } }, body: patch })),
    onSuccess: (saved) => {
      queries.setQueryData(geminiKeyQuery(saved.id).queryKey, saved);
      refresh();
    },
  });
}

export function useRemoveKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (id: number) => {
      await api().DELETE("/gemini-keys/{id}", { params: { path: { id } } });
    },
    onSuccess,
  });
}

export function useRestoreKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (id: number): Promise<GeminiKey> =>
      dataOf(await api().POST("/gemini-keys/{id}/restore", { params: { path: { id } } })),
    onSuccess,
  });
}

export function useWakeKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (id: number): Promise<GeminiKey> => dataOf(await api().POST("/gemini-keys/{id}/wake", { params: { path: { id } } })),
    onSuccess,
  });
}

async function checkKey(id: number): Promise<CheckResult> {
  return dataOf(await api().POST("/gemini-keys/{id}/check", { params: { path: { id } } }));
}

export function useCheckKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({ mutationFn: checkKey, onSuccess });
}

interface CheckManyInput {
  /** Absent: every key of the pool. */
  ids?: readonly number[];
  onProgress: (progress: { done: number; total: number }) => void;
}

const checksAtOnce = 3;

/** Checks keys a few at a time; the answer is how many there were and how many failed. */
export function useCheckKeys() {
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: async ({ ids, onProgress }: CheckManyInput): Promise<{ total: number; bad: number }> => {
      const waiting = [...(ids ?? (await allKeyIds()))];
      const total = waiting.length;
      let done = 0;
      let bad = 0;
      onProgress({ done, total });
      const work = async () => {
        for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
          const result = await checkKey(id);
          done += 1;
          if (!result.ok) bad += 1;
          onProgress({ done, total });
        }
      };
      await Promise.all(Array.from({ length: checksAtOnce }, work));
      return { total, bad };
    },
    onSettled,
  });
}

async function allKeyIds(): Promise<number[]> {
  const ids: number[] = [];
  for (let page = 1; ; page += 1) {
    const query = { page, page_size: mostPerPage, sort: "id" } as const;
    const { items, total } = dataOf(await api().GET("/gemini-keys", { params: { query } }));
    ids.push(...items.map((key) => key.id));
    if (items.length === 0 || ids.length >= total) return ids;
  }
}

export function useCreateUserKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (body: { name: string; note?: string }): Promise<NewUserKey> => dataOf(await api().POST("/user-keys", { body })),
    onSuccess,
    gcTime: 0,
  });
}

export function useRotateUserKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (id: number): Promise<NewUserKey> => dataOf(await api().POST("/user-keys/{id}/rotate", { params: { path: { id } } })),
    onSuccess,
    gcTime: 0,
  });
}

export function useEditUserKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async ({ id, patch }: { id: number; patch: UserKeyPatch }): Promise<UserKey> =>
      dataOf(await api().PATCH("/user-keys/{id}", { params: { path: { id } }, body: patch })),
    onSuccess,
  });
}

export function useDeleteUserKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (id: number) => {
      await api().DELETE("/user-keys/{id}", { params: { path: { id } } });
    },
    onSuccess,
  });
}
