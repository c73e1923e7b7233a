import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { FilesSearch } from "./search";

export const pageSize = 50;

/** Which files are asked for: an address without what is open in it. */
export type View = Omit<FilesSearch, "open">;

export function filesQuery({ q, sort, page = 1 }: View) {
  return queryOptions({
    queryKey: ["files", "list", { q, sort, page }],
    queryFn: async ({ signal }) => {
      const query = { page, page_size: pageSize, sort: sort ?? ("-created" as const), ...(q && { q }) };
      return dataOf(await api().GET("/files", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

export function fileQuery(id: number) {
  return queryOptions({
    queryKey: ["files", "one", id],
    queryFn: async ({ signal }) => dataOf(await api().GET("/files/{id}", { params: { path: { id } }, signal })),
  });
}

export function useDeleteFile() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: number) => {
      await api().DELETE("/files/{id}", { params: { path: { id } } });
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ["files", "list"] }),
  });
}
