import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, authorizedFetch, dataOf } from "@/api/client";
import { apiBaseUrl } from "@/api/config";
import { forgetSession } from "@/api/session";
import type { RestoreResult } from "@/api/types";
import { saveFile } from "@/ui/save-file";

export const auditPageSize = 20;

export function systemQuery() {
  return queryOptions({ queryKey: ["system"], queryFn: async ({ signal }) => dataOf(await api().GET("/system", { signal })) });
}

export function sessionsQuery() {
  return queryOptions({
    queryKey: ["sessions"],
    queryFn: async ({ signal }) => dataOf(await api().GET("/auth/sessions", { signal })),
  });
}

export function auditQuery(page: number, q: string) {
  return queryOptions({
    queryKey: ["audit", page, q],
    queryFn: async ({ signal }) =>
      dataOf(await api().GET("/audit", { params: { query: { page, page_size: auditPageSize, ...(q && { q }) } }, signal })),
    placeholderData: keepPreviousData,
  });
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
    onSuccess: (out) => {
      if (out) forgetSession();
      else void queries.invalidateQueries({ queryKey: ["sessions"] });
    },
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

/** Has a backup made and hands it to the browser. The passphrase is kept nowhere. */
export async function saveBackup(passphrase: string, usage: boolean): Promise<void> {
  const response = await authorizedFetch(
    new Request(`${apiBaseUrl()}/admin/v1/backup`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ passphrase, include_usage: usage }),
    }),
  );
  const stamp = new Date().toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
  saveFile(await response.blob(), `gemini-proxy-${stamp}.backup.age`);
}

/** Opens a backup; as a preview it only says what would change. */
export function useRestore() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ file, passphrase, preview }: { file: File; passphrase: string; preview: boolean }): Promise<RestoreResult> => {
      const form = new FormData();
      form.append("passphrase", passphrase);
      form.append("preview", String(preview));
      form.append("file", file, file.name);
      const response = await authorizedFetch(new Request(`${apiBaseUrl()}/admin/v1/restore`, { method: "POST", body: form }));
      return (await response.json()) as RestoreResult;
    },
    onSuccess: ({ preview }) => {
      // Anything on any page may be different now.
      if (!preview) void queries.invalidateQueries();
    },
    gcTime: 0,
  });
}
