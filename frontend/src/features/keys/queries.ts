import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, authorizedFetch, dataOf } from "@/api/client";
import { apiBaseUrl } from "@/api/config";
import { runJob } from "@/api/job";
import type {
  BulkRequest,
  BulkResult,
  CheckProgress,
  CheckResult,
  CheckSummary,
  GeminiKey,
  GeminiKeyPatch,
  GeminiKeySort,
  ImportProgress,
  ImportResult,
  NewUserKey,
  SearchProgress,
  SearchResult,
  UserKey,
  UserKeyPatch,
  UserKeyRequest,
} from "@/api/types";
import { saveFile } from "@/ui/save-file";
import { snippetModel } from "@/ui/snippet-model";
import type { KeysSearch } from "./search";

export const pageSize = 50;
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

/** What is known of a key beyond its line in the list: its models now, and its days. */
export function keyDetailsQuery(id: number) {
  return queryOptions({
    queryKey: ["gemini-keys", "details", id],
    queryFn: async ({ signal }) => dataOf(await api().GET("/gemini-keys/{id}/details", { params: { path: { id } }, signal })),
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

interface ImportInput {
  text: string;
  project?: string;
  weight?: number;
  onProgress: (progress: ImportProgress) => void;
}

export function useImportKeys() {
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: ({ onProgress, ...body }: ImportInput) => runJob<ImportProgress, ImportResult>("/gemini-keys/import", { body, onProgress }),
    onSettled,
  });
}

/** Changes many keys: those named, or all that a filter chooses. */
export function useChangeKeys() {
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: async (body: BulkRequest): Promise<BulkResult> => dataOf(await api().POST("/gemini-keys/bulk", { body })),
    onSettled,
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
  /** Absent: every key of the pool, which the gateway checks by itself. */
  ids?: readonly number[];
  signal: AbortSignal;
  onProgress: (progress: CheckSum & { total: number }) => void;
}

interface CheckSum {
  done: number;
  failing: number;
}

const checksAtOnce = 3;

/** Checks many keys; the answer is how many were, and how many of them failed. What was found before a stop stays. */
export function useCheckKeys() {
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: ({ ids, signal, onProgress }: CheckManyInput): Promise<CheckSum> =>
      ids
        ? checkEach(ids, signal, onProgress)
        : runJob<CheckProgress, CheckSummary>("/gemini-keys/check", { signal, onProgress: (progress) => onProgress(progress) }),
    onSettled,
  });
}

async function checkEach(ids: readonly number[], signal: AbortSignal, onProgress: CheckManyInput["onProgress"]): Promise<CheckSum> {
  const waiting = [...ids];
  const sum = { done: 0, failing: 0 };
  onProgress({ ...sum, total: ids.length });
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      signal.throwIfAborted();
      const result = await checkKey(id);
      sum.done += 1;
      if (!result.ok) sum.failing += 1;
      onProgress({ ...sum, total: ids.length });
    }
  };
  await Promise.all(Array.from({ length: checksAtOnce }, work));
  return sum;
}

interface FindProjectsInput {
  signal: AbortSignal;
  onProgress: (progress: SearchProgress) => void;
}

/** Finds which keys share a Google project. Nothing is kept of a search that is stopped. */
export function useFindProjects() {
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: ({ signal, onProgress }: FindProjectsInput) =>
      runJob<SearchProgress, SearchResult>("/gemini-keys/discover-projects", { signal, onProgress }),
    onSettled,
  });
}

/** Without it, spreadsheets take a file for one in a code page of their own, and names in Chinese for noise. */
const byteOrderMark = "\ufeff";

/** Fetches the keys of a view as CSV, masked as everywhere, and hands them to the browser to save. */
export async function saveKeysCsv({ q, state, project }: Pick<KeysSearch, "q" | "state" | "project">): Promise<void> {
  const params = new URLSearchParams({ ...(q && { q }), ...(state && { state }), ...(project && { project }) });
  const response = await authorizedFetch(new Request(`${apiBaseUrl()}/admin/v1/gemini-keys.csv?${params}`));
  const file = new Blob([byteOrderMark, await response.blob()], { type: "text/csv;charset=utf-8" });
  saveFile(file, `gemini-keys-${new Date().toISOString().slice(0, 10)}.csv`);
}

export function useCreateUserKey() {
  const onSuccess = useRefreshKeys();
  return useMutation({
    mutationFn: async (body: UserKeyRequest): Promise<NewUserKey> => dataOf(await api().POST("/user-keys", { body })),
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
