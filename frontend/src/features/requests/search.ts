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
  const found: RequestsSearch = {
    range: ranges.find((one) => one === search.range),
    status: statuses.find((one) => one === search.status),
    model: text(search.model),
    user: positive(search.user),
    key: positive(search.key),
    form: search.form === "stream" || search.form === "whole" ? search.form : undefined,
    q: text(search.q),
    open: positive(search.open),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The router reads ?q=123 as a number; here it is text again. */
function text(value: unknown): string | undefined {
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;
}
