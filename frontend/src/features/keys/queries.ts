import { infiniteQueryOptions, keepPreviousData, type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, authorizedFetch, dataOf } from "@/api/client";
import { apiBaseUrl } from "@/api/config";
import { runJob } from "@/api/job";
import type {
  BulkRequest,
  BulkResult,
  CheckProgress,
  CheckResult,
  CheckSummary,
  CleanupPlan,
  GeminiKey,
  GeminiKeyDetails,
  GeminiKeyList,
  GeminiKeyPatch,
  GeminiKeySort,
  ImportProgress,
  ImportResult,
  NewUserKey,
  SearchProgress,
  SearchResult,
  UserKey,
  UserKeyList,
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

/** All that is known of a key: its line in the list, its models now, its last errors, and its days. */
export function keyDetailsQuery(id: number) {
  return queryOptions({
    queryKey: ["gemini-keys", "details", id],
    queryFn: async ({ signal }) => dataOf(await api().GET("/gemini-keys/{id}/details", { params: { path: { id } }, signal })),
  });
}

/** When the keys of a page served in the last day, hour by hour, by id. */
export function keyHoursQuery(ids: readonly number[]) {
  return queryOptions({
    queryKey: ["gemini-key-hours", ids],
    queryFn: async ({ signal }) => dataOf(await api().GET("/stats/keys/hours", { params: { query: { ids: ids.join(",") } }, signal })),
    select: ({ items }) => new Map(items.map(({ key_id, requests }) => [key_id, requests])),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}

async function fetchProjects(q: string, page: number, signal: AbortSignal) {
  return dataOf(await api().GET("/projects", { params: { query: { ...(q && { q }), page, page_size: pageSize } }, signal }));
}

/** The first projects whose name holds a text, for suggestions. */
export function projectsQuery(q: string) {
  return queryOptions({
    queryKey: ["gemini-keys", "projects", q],
    queryFn: ({ signal }) => fetchProjects(q, 1, signal),
    placeholderData: keepPreviousData,
  });
}

/** All projects whose name holds a text, page by page. */
export function allProjectsQuery(q: string) {
  return infiniteQueryOptions({
    queryKey: ["gemini-keys", "all-projects", q],
    queryFn: ({ signal, pageParam }) => fetchProjects(q, pageParam, signal),
    initialPageParam: 1,
    getNextPageParam: ({ total }, _, page) => (page * pageSize < total ? page + 1 : undefined),
    placeholderData: keepPreviousData,
  });
}

/** A model that this pool has served, for code to paste. */
export function modelQuery() {
  return queryOptions({
    queryKey: ["overview"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/stats/overview", { params: { query: { tz: timeZone } }, signal })),
    select: snippetModel,
  });
}

/** What a cleanup would do now. */
export function cleanupQuery() {
  return queryOptions({
    queryKey: ["cleanup"],
    queryFn: async ({ signal }): Promise<CleanupPlan> => dataOf(await api().GET("/cleanup/preview", { signal })),
    refetchInterval: 60_000,
  });
}

/** What an import of this text would do; saves nothing. */
export function importPreviewQuery(text: string, prefix: string) {
  return queryOptions({
    queryKey: ["import-preview", text, prefix],
    queryFn: async ({ signal }) =>
      dataOf(await api().POST("/gemini-keys/import", { body: { text, dry_run: true, ...(prefix && { name_prefix: prefix }) }, signal })),
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
    void queries.invalidateQueries({ queryKey: ["cleanup"] });
  };
}

type Shown = GeminiKeyList | GeminiKeyDetails | undefined;

/**
 * Shows a change of Gemini keys before the gateway has answered: in every list, and where a key stands in full. Undefined takes a key out of
 * the lists. Gives what was shown before, for where the gateway refuses.
 */
export async function showAtOnce(queries: QueryClient, change: (key: GeminiKey) => GeminiKey | undefined): Promise<() => void> {
  const shown = { queryKey: ["gemini-keys"] };
  await queries.cancelQueries(shown); // an answer that is under way knows nothing of the change
  const before = queries.getQueriesData<Shown>(shown);
  queries.setQueriesData<Shown>(shown, (data) => {
    if (data && "key" in data) return { ...data, key: change(data.key) ?? data.key };
    if (!data || !("counts" in data)) return data;
    const items = data.items.flatMap((key) => change(key) ?? []);
    return { ...data, items, total: data.total - data.items.length + items.length };
  });
  return () => {
    for (const [key, data] of before) queries.setQueryData(key, data);
  };
}

/** A key as it will be once it is switched on or off, as far as the page can tell. */
export function switched(key: GeminiKey, enabled: boolean): GeminiKey {
  if (key.enabled === enabled || key.state === "removed") return key;
  const on = key.rests.length > 0 ? "resting" : key.success_rate === null ? "unknown" : "healthy";
  return { ...key, enabled, state: enabled ? on : "disabled" };
}

/** How a change of many keys looks; undefined where the page cannot tell. */
function bulkChange({ ids, action, weight, project }: BulkRequest): ((key: GeminiKey) => GeminiKey | undefined) | undefined {
  if (!ids) return undefined;
  const chosen = new Set(ids);
  const change = (key: GeminiKey): GeminiKey | undefined => {
    if (action === "weight" && weight) return { ...key, weight };
    if (action === "project") return { ...key, project: project ?? null };
    if (action === "enable" || action === "disable") return switched(key, action === "enable");
    return undefined;
  };
  return (key) => (chosen.has(key.id) ? change(key) : key);
}

interface ImportInput {
  text: string;
  project?: string;
  weight?: number;
  name_prefix?: string;
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
  const queries = useQueryClient();
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: async (body: BulkRequest): Promise<BulkResult> => dataOf(await api().POST("/gemini-keys/bulk", { body })),
    onMutate: (body) => {
      const change = bulkChange(body);
      return change && showAtOnce(queries, change);
    },
    onError: (_error, _body, takeBack) => takeBack?.(),
    onSettled,
  });
}

export function useEditKey() {
  const queries = useQueryClient();
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: async ({ id, patch }: { id: number; patch: GeminiKeyPatch }): Promise<GeminiKey> =>
      dataOf(await api().PATCH("/gemini-keys/{id}", { params: { path: { id } }, body: patch })),
    onMutate: ({ id, patch: { enabled, ...words } }) =>
      showAtOnce(queries, (key) => (key.id === id ? { ...switched(key, enabled ?? key.enabled), ...words } : key)),
    onError: (_error, _input, takeBack) => takeBack?.(),
    onSettled,
  });
}

export function useRemoveKey() {
  const queries = useQueryClient();
  const onSettled = useRefreshKeys();
  return useMutation({
    mutationFn: async (id: number) => {
      await api().DELETE("/gemini-keys/{id}", { params: { path: { id } } });
    },
    onMutate: (id) => showAtOnce(queries, (key) => (key.id === id ? undefined : key)),
    onError: (_error, _id, takeBack) => takeBack?.(),
    onSettled,
  });
}

/** Removes what a cleanup would, and answers what that was. */
export function useRunCleanup() {
  const onSettled = useRefreshKeys();
  return useMutation({ mutationFn: async (): Promise<CleanupPlan> => dataOf(await api().POST("/cleanup/run")), onSettled });
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

interface EditUserKeyInput {
  id: number;
  patch: UserKeyPatch;
  /** The change is refused where the key is no longer of this version. */
  version?: string | undefined;
}

export function useEditUserKey() {
  const queries = useQueryClient();
  const onSettled = useRefreshKeys();
  const lists = { queryKey: ["user-keys", "list"] };
  return useMutation({
    mutationFn: async ({ id, patch, version }: EditUserKeyInput): Promise<UserKey> => {
      const header = version === undefined ? {} : { "If-Match": `"${version}"` };
      return dataOf(await api().PATCH("/user-keys/{id}", { params: { path: { id }, header }, body: patch }));
    },
    onMutate: async ({ id, patch: { enabled } }) => {
      if (enabled === undefined) return undefined;
      await queries.cancelQueries(lists);
      const before = queries.getQueriesData<UserKeyList>(lists);
      queries.setQueriesData<UserKeyList>(
        lists,
        (list) => list && { ...list, items: list.items.map((key) => (key.id === id ? { ...key, enabled } : key)) },
      );
      return before;
    },
    onError: (_error, _input, before) => {
      for (const [key, list] of before ?? []) queries.setQueryData(key, list);
    },
    onSettled,
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
