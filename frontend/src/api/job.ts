import { authorizedFetch } from "./client";
import { apiBaseUrl } from "./config";
import { readEvents } from "./event-stream";
import { Problem, Unreachable } from "./problem";

interface JobOptions<P> {
  body?: object;
  /** Ends the job at the gateway too. */
  signal?: AbortSignal;
  onProgress: (progress: P) => void;
}

/** Starts long work at the gateway, tells how it goes on, and gives its result. Throws a Problem where it fails. */
export async function runJob<P, R>(path: string, { body, signal, onProgress }: JobOptions<P>): Promise<R> {
  const request = new Request(`${apiBaseUrl()}/admin/v1${path}`, {
    method: "POST",
    headers: { Accept: "text/event-stream", ...(body && { "Content-Type": "application/json" }) },
    body: body ? JSON.stringify(body) : null,
    signal: signal ?? null,
  });
  const response = await authorizedFetch(request, { endless: true });
  for await (const { event, data } of readEvents(response)) {
    if (event === "progress") onProgress(data as P);
    if (event === "result") return data as R;
    if (event === "error") throw problemFrom(data);
  }
  throw new Unreachable("the stream ended before its result");
}

function problemFrom(data: unknown): Problem {
  const { status, code, detail, title } = data as { status?: number; code?: string; detail?: string; title?: string };
  return new Problem(status ?? 500, code ?? "unknown", detail ?? title ?? "");
}
