import { oneOf, positive, present, text } from "@/api/address";

export const ranges = ["1h", "24h", "7d", "30d", "all"] as const;
export type Range = (typeof ranges)[number];
export const statuses = ["2xx", "4xx", "5xx"] as const;
export type StatusClass = (typeof statuses)[number];
export const forms = ["stream", "whole"] as const;

/** What the address of the requests page carries. */
export interface RequestsSearch {
  range?: Range | undefined;
  /** A range of one's own, which goes before the other: this time and later, before that time. */
  from?: string | undefined;
  to?: string | undefined;
  status?: StatusClass | undefined;
  /** How it ended: "ok", or the word of a fault. */
  outcome?: string | undefined;
  /** Only what took more than one attempt. */
  retried?: true | undefined;
  model?: string | undefined;
  /** A user key's id. */
  user?: number | undefined;
  /** The Gemini key of the last attempt. */
  key?: number | undefined;
  form?: (typeof forms)[number] | undefined;
  /** How the request id begins. */
  q?: string | undefined;
  /** The request that is open. */
  open?: number | undefined;
}

/** Reads an address; a value that makes no sense is dropped. */
export function requestsSearch(search: Record<string, unknown>): RequestsSearch {
  const [from, to] = [time(search.from), time(search.to)];
  const ordered = !from || !to || from < to;
  return present<RequestsSearch>({
    range: oneOf(ranges, search.range),
    from: ordered ? from : undefined,
    to: ordered ? to : undefined,
    status: oneOf(statuses, search.status),
    outcome: text(search.outcome),
    retried: search.retried === true || undefined,
    model: text(search.model),
    user: positive(search.user),
    key: positive(search.key),
    form: oneOf(forms, search.form),
    q: text(search.q),
    open: positive(search.open),
  });
}

/** A time as the gateway reads it, in UTC to the second, so that two can be compared as texts. */
function time(value: unknown): string | undefined {
  const at = typeof value === "string" ? new Date(value) : undefined;
  if (!at || Number.isNaN(at.getTime()) || at.getUTCFullYear() < 2000 || at.getUTCFullYear() > 2200) return undefined;
  return `${at.toISOString().slice(0, 19)}Z`;
}
