import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, authorizedFetch, dataOf } from "@/api/client";
import { apiBaseUrl } from "@/api/config";
import { forgetSession } from "@/api/session";
import type { RestoreResult } from "@/api/types";
import { saveFile } from "@/ui/save-file";
import type { AuditFilter, Span } from "./search";

const refreshMs = 5_000;
const slowRefreshMs = 15_000;
export const auditPageSize = 20;

export function systemQuery() {
  return queryOptions({
    queryKey: ["system"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/system", { signal })),
    refetchInterval: refreshMs,
  });
}

export function sessionsQuery() {
  return queryOptions({
    queryKey: ["sessions"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/auth/sessions", { signal })).items,
    refetchInterval: slowRefreshMs,
  });
}

const hours: Record<Span, number> = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 };

/** What the gateway is asked for a filter; how far back is counted from now. */
function narrowed({ kind, span, q }: AuditFilter) {
  const from = span && new Date(Date.now() - hours[span] * 3_600_000).toISOString();
  return { ...(kind && { kind }), ...(q && { q }), ...(from && { from }) };
}

export function auditQuery(filter: AuditFilter, page: number) {
  return queryOptions({
    queryKey: ["audit", filter, page],
    queryFn: async ({ signal }) =>
      dataOf(await api().GET("/audit", { params: { query: { page, page_size: auditPageSize, ...narrowed(filter) } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: slowRefreshMs,
  });
}

/** Fetches the changes of a filter as CSV and hands them to the browser to save. */
export async function saveAuditCsv(filter: AuditFilter): Promise<void> {
  const response = await authorizedFetch(new Request(`${apiBaseUrl()}/admin/v1/audit.csv?${new URLSearchParams(narrowed(filter))}`));
  // Without a byte order mark, spreadsheets take Chinese for noise.
  saveFile(new Blob(["\ufeff", await response.blob()]), `audit-${stamp()}.csv`);
}

/** Ends sessions, one after another; where this one is among them, it comes last and the log-in page follows. */
export function useEndSessions() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (sessions: readonly { id: number; current: boolean }[]) => {
      for (const { id } of sessions.toSorted((a, b) => Number(a.current) - Number(b.current))) {
        await api().DELETE("/auth/sessions/{id}", { params: { path: { id } } });
      }
      return sessions.some(({ current }) => current);
    },
    onSuccess: (out) => out && forgetSession(),
    onSettled: (out) => !out && queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
}

export function useChangePassword() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: { current_password: string; new_password: string }) => {
      await api().PUT("/auth/password", { body });
    },
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["sessions"] }),
    gcTime: 0,
  });
}

interface BackupInput {
  passphrase: string;
  usage: boolean;
  signal: AbortSignal;
  /** Told of the file's bytes as they arrive, and of how many there will be; 0 where that is not known. */
  onProgress: (received: number, total: number) => void;
}

/** Has a backup made and hands it to the browser. The passphrase is kept nowhere. */
export async function saveBackup({ passphrase, usage, signal, onProgress }: BackupInput): Promise<void> {
  const response = await authorizedFetch(
    new Request(`${apiBaseUrl()}/admin/v1/backup`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ passphrase, include_usage: usage }),
      signal,
    }),
    { slow: true },
  );
  const total = Number(response.headers.get("Content-Length"));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    parts.push(read.value);
    received += read.value.length;
    onProgress(received, total);
  }
  saveFile(new Blob(parts), `gemini-proxy-${stamp()}.backup.age`);
}

/** The present moment for the name of a file. */
function stamp(): string {
  return new Date().toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
}

/** Opens a backup; as a preview it only says what would change. */
export function useRestore() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ file, passphrase, preview, signal }: RestoreInput): Promise<RestoreResult> => {
      const form = new FormData();
      form.append("passphrase", passphrase);
      form.append("preview", String(preview));
      form.append("file", file, file.name);
      const request = new Request(`${apiBaseUrl()}/admin/v1/restore`, { method: "POST", body: form, signal });
      const response = await authorizedFetch(request, { slow: true });
      return (await response.json()) as RestoreResult;
    },
    // Anything on any page may be different now, even after one that was stopped: it may just have ended.
    onSettled: (_result, _error, { preview }) => {
      if (!preview) void queries.invalidateQueries();
    },
    gcTime: 0,
  });
}

interface RestoreInput {
  file: File;
  passphrase: string;
  preview: boolean;
  signal: AbortSignal;
}
