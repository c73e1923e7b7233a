import { apiBaseUrl } from "./config";
import { reach } from "./connection";
import { Problem, problemOf } from "./problem";
import { Store } from "./store";
import type { Tokens } from "./types";

/** "out" shows the log-in page; "expired" asks for the password over the page, so that what is typed there stays. */
export type Session = "unknown" | "in" | "out" | "expired";

export const session = new Store<Session>("unknown");

const refreshKey = "refresh_token";
let accessToken: string | undefined;
let refreshing: Promise<boolean> | undefined;

/** The access token, which lives in memory alone; undefined when logged out. */
export function currentAccessToken(): string | undefined {
  return accessToken;
}

/** Takes up the session of this tab, if it left one; settles the session's state. */
export async function resume(): Promise<void> {
  if (!sessionStorage.getItem(refreshKey)) {
    session.set("out");
    return;
  }
  if (!(await refresh())) session.set("out");
}

/** Logs in; throws a Problem where the credentials are refused. */
export async function logIn(username: string, password: string): Promise<void> {
  accept(await post("login", { username, password }));
}

/** Ends the session here and on the gateway. */
export async function logOut(): Promise<void> {
  const token = sessionStorage.getItem(refreshKey);
  forget();
  session.set("out");
  if (!token) return;
  // The session is over here whether or not the gateway can be told; its token runs out by itself.
  await reach(request("logout", { refresh_token: token })).catch(() => undefined);
}

/**
 * Gets a new access token; callers at the same time share one request, because a refresh token used twice revokes its family.
 * Returns false and marks the session as expired where the gateway refuses; throws Unreachable where it did not answer.
 */
export function refresh(): Promise<boolean> {
  refreshing ??= refreshOnce().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function refreshOnce(): Promise<boolean> {
  const token = sessionStorage.getItem(refreshKey);
  if (!token) return expire();
  try {
    accept(await post("refresh", { refresh_token: token }));
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status < 500 && error.status !== 429) return expire();
    throw error;
  }
}

function expire(): false {
  forget();
  if (session.get() === "in") session.set("expired");
  return false;
}

function accept(tokens: Tokens): void {
  accessToken = tokens.access_token;
  sessionStorage.setItem(refreshKey, tokens.refresh_token);
  session.set("in");
}

function forget(): void {
  accessToken = undefined;
  sessionStorage.removeItem(refreshKey);
}

async function post(path: "login" | "refresh", body: object): Promise<Tokens> {
  const response = await reach(request(path, body));
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Tokens;
}

function request(path: string, body: object): Request {
  return new Request(`${apiBaseUrl()}/admin/v1/auth/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}
