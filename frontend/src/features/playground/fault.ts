import { duration, type Language } from "@/text/format";
import type { TextFunction } from "@/text/translate";

const kinds = [
  "key",
  "limited",
  "noKey",
  "model",
  "blocked",
  "tooLarge",
  "full",
  "timeout",
  "upstream",
  "request",
  "cut",
  "network",
] as const;

/** What went wrong with a request, sorted by what one can do about it. */
export interface Fault {
  kind: (typeof kinds)[number];
  /** The gateway's own words. */
  detail: string;
  /** When it may work again, where the gateway tells. */
  retrySeconds?: number | undefined;
}

/** The gateway's refusal of a request. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly retrySeconds: number | undefined;

  constructor(status: number, code: string, message: string, retrySeconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retrySeconds = retrySeconds;
  }
}

interface ErrorBody {
  message?: string;
  code?: string | null;
}

export async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json().catch(() => undefined)) as { error?: ErrorBody } | undefined;
  return refusal(response.status, body?.error, response.headers.get("Retry-After"));
}

export function refusal(status: number, error: ErrorBody | undefined, retryAfter: string | null): Refusal {
  return new Refusal(status, error?.code ?? "", error?.message ?? `HTTP ${status}`, Number(retryAfter) || undefined);
}

/** The error that ends a stream which had begun. */
export function refusalIn({ message, code }: ErrorBody): Refusal {
  return new Refusal(0, code ?? "", message ?? "");
}

export function faultOf(error: unknown): Fault {
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Refusal)) return { kind: "network", detail };
  return { kind: kindOf(error), detail, retrySeconds: error.retrySeconds };
}

const byCode: Readonly<Record<string, Fault["kind"]>> = {
  invalid_api_key: "key",
  model_not_found: "model",
  content_filter: "blocked",
  no_available_key: "noKey",
  rate_limit_exceeded: "limited",
};
const byStatus: Readonly<Record<number, Fault["kind"]>> = {
  0: "cut",
  401: "key",
  403: "key",
  408: "timeout",
  413: "tooLarge",
  429: "limited",
  504: "timeout",
  507: "full",
};

function kindOf({ status, code }: Refusal): Fault["kind"] {
  return byCode[code] ?? byStatus[status] ?? (status >= 500 ? "upstream" : "request");
}

/** What happened, and what to do about it. */
export function faultText(t: TextFunction, { kind, retrySeconds }: Fault, language: Language): string {
  const words = t(`playground.fault.${kind}`);
  if (retrySeconds === undefined) return words;
  return `${words}${t("playground.fault.again", { span: duration(retrySeconds, language) })}`;
}
