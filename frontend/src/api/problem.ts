/** What is wrong with one input, in the gateway's words. */
export interface FieldFault {
  /** Its path, e.g. "cleanup.days". */
  field: string;
  message: string;
}

/** An error of the admin API, from its application/problem+json body. */
export class Problem extends Error {
  readonly status: number;
  /** A stable snake_case word, e.g. "bad_credentials"; "unknown" where the body was no problem. */
  readonly code: string;
  /** The input at fault, where one is. */
  readonly field: string | undefined;
  /** Seconds to wait before trying again, from Retry-After. */
  readonly retryAfterSeconds: number | undefined;

  /** Every input at fault, where there are several. */
  readonly faults: readonly FieldFault[];

  constructor(
    status: number,
    code: string,
    detail: string,
    field?: string,
    retryAfterSeconds?: number,
    faults: readonly FieldFault[] = [],
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
    this.faults = faults;
  }
}

/** The gateway could not be reached, or its host answered in its place. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

/** Builds a Problem from an answer that was not successful. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const text = (name: string): string | undefined => {
    const value = body && typeof body === "object" ? (body as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    text("code") ?? "unknown",
    text("detail") ?? text("title") ?? `HTTP ${response.status}`,
    text("field"),
    retryAfter > 0 ? retryAfter : undefined,
    faultsOf(body),
  );
}

function faultsOf(body: unknown): FieldFault[] {
  const errors = body && typeof body === "object" ? (body as { errors?: unknown }).errors : undefined;
  if (!Array.isArray(errors)) return [];
  return errors.filter((one): one is FieldFault => typeof one?.field === "string" && typeof one?.message === "string");
}
