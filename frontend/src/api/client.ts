import createClient from "openapi-fetch";
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

type Client = ReturnType<typeof createClient<paths>>;
let made: Client | undefined;

/** The typed client of /admin/v1; call it after loadConfig. */
export function api(): Client {
  made ??= createClient<paths>({ baseUrl: `${apiBaseUrl()}/admin/v1`, fetch: (request) => authorizedFetch(request) });
  return made;
}

/** The data of an answer; authorizedFetch has thrown for every error before, so absent data means a broken contract. */
export function dataOf<T>(result: { data?: T }): T {
  if (result.data === undefined) throw new Error("the gateway's answer had no body");
  return result.data;
}
