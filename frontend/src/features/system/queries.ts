import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import { forgetSession } from "@/api/session";

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

export function auditQuery(page: number) {
  return queryOptions({
    queryKey: ["audit", page],
    queryFn: async ({ signal }) => dataOf(await api().GET("/audit", { params: { query: { page, page_size: auditPageSize } }, signal })),
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
