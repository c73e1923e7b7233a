import { oneOf, positive, present, text } from "@/api/address";

export const ranges = ["1h", "24h", "7d", "30d", "all"] as const;
export type Range = (typeof ranges)[number];
export const statuses = ["2xx", "4xx", "5xx"] as const;
export type StatusClass = (typeof statuses)[number];

/** What the address of the requests page carries. */
export interface RequestsSearch {
  range?: Range | undefined;
  status?: StatusClass | undefined;
  model?: string | undefined;
  /** A user key's id. */
  user?: number | undefined;
  /** The Gemini key of the last attempt. */
  key?: number | undefined;
  form?: "stream" | "whole" | undefined;
  /** How the request id begins. */
  q?: string | undefined;
  /** The request that is open. */
  open?: number | undefined;
}

/** Reads an address; a value that makes no sense is dropped. */
export function requestsSearch(search: Record<string, unknown>): RequestsSearch {
  return present<RequestsSearch>({
    range: oneOf(ranges, search.range),
    status: oneOf(statuses, search.status),
    model: text(search.model),
    user: positive(search.user),
    key: positive(search.key),
    form: oneOf(["stream", "whole"] as const, search.form),
    q: text(search.q),
    open: positive(search.open),
  });
}
