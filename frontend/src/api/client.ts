import type { Client } from "openapi-fetch";
import { apiBaseUrl } from "./config";
import { type Reach, reach } from "./connection";
import { problemOf } from "./problem";
import type { paths } from "./schema";
import { currentAccessToken, refresh } from "./session";

/** Sends a request with the session's token; on a 401 refreshes once and sends it again. Throws a Problem for any other error. */
export async function authorizedFetch(request: Request, how?: Reach): Promise<Response> {
  const again = request.clone();
  let response = await reach(withToken(request), how);
  if (response.status === 401 && (await refresh())) {
    response = await reach(withToken(again), how);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

function withToken(request: Request): Request {
  const token = currentAccessToken();
  if (token) request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

interface Asked {
  params?: { path?: Record<string, string | number>; query?: Record<string, unknown>; header?: Record<string, string> };
  body?: unknown;
  signal?: AbortSignal;
}

async function ask(method: string, path: string, { params: { path: names, query = {}, header } = {}, body, signal }: Asked = {}) {
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names?.[name] ?? ""));
  const wanted = Object.entries(query).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, String(value)]]));
  const request = new Request(`${apiBaseUrl()}/admin/v1${place}${wanted.length > 0 ? `?${new URLSearchParams(wanted)}` : ""}`, {
    method,
    headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...header },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
  });
  const response = await authorizedFetch(request);
  const text = await response.text();
  return { response, ...(text && { data: JSON.parse(text) as unknown }) };
}

const client = Object.fromEntries(
  ["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) => [method, (path: string, asked?: Asked) => ask(method, path, asked)]),
) as unknown as Client<paths>;

/** The client of /admin/v1, with the types of its specification; call it after loadConfig. */
export function api(): Client<paths> {
  return client;
}

/** The data of an answer; authorizedFetch has thrown for every error before, so absent data means a broken contract. */
export function dataOf<T>(result: { data?: T }): T {
  if (result.data === undefined) throw new Error("the gateway's answer had no body");
  return result.data;
}
