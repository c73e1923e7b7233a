import { apiBaseUrl } from "./config";
import { reach } from "./connection";
import { endKept } from "./kept";
import { Problem, problemOf } from "./problem";
import { Store } from "./store";
import { alone, hearTabs, type TabMessage, tellTabs } from "./tabs";
import type { Tokens } from "./types";

/** "out" shows the log-in page; "expired" asks for the password over the page, so that what is typed there stays. */
export type Session = "unknown" | "in" | "out" | "expired";

export const session = new Store<Session>("unknown");

/** Whether the last session was ended because its refresh token was used elsewhere, which looks like theft. */
export const endedElsewhere = new Store(false);

const refreshKey = "refresh_token";
/** How long a new tab waits for one that is logged in; they run in the same browser. */
const askMs = 150;
let accessToken: string | undefined;
let refreshing: Promise<boolean> | undefined;

/** The access token, which lives in memory alone; undefined when logged out. */
export function currentAccessToken(): string | undefined {
  return accessToken;
}

/** Whether this tab has a session to take up. */
export function mayResume(): boolean {
  return sessionStorage.getItem(refreshKey) !== null;
}

/** Takes up the session of this tab, or of another that is open; settles the session's state. */
export async function resume(): Promise<void> {
  if (sessionStorage.getItem(refreshKey)) {
    if (!(await refresh())) session.set("out");
    return;
  }
  tellTabs({ kind: "ask" });
  await settled(askMs);
  if (!sessionStorage.getItem(refreshKey)) session.set("out");
}

/** Waits until the session's state is known, at most for a while. */
function settled(atMostMs: number): Promise<void> {
  return new Promise((done) => {
    const stop = session.subscribe(end);
    const timer = setTimeout(end, atMostMs);
    function end() {
      stop();
      clearTimeout(timer);
      done();
    }
  });
}

/** Logs in; throws a Problem where the credentials are refused. */
export async function logIn(username: string, password: string): Promise<void> {
  const tokens = await post("login", { username, password });
  accept(tokens);
  endedElsewhere.set(false);
  tellTabs({ kind: "renewed", tokens });
}

/** Ends the session here and on the gateway. */
export async function logOut(): Promise<void> {
  const token = sessionStorage.getItem(refreshKey);
  forgetSession();
  if (!token) return;
  // The session is over here whether or not the gateway can be told; its token runs out by itself.
  await reach(request("logout", { refresh_token: token }))
    .then((response) => response.text())
    .catch(() => undefined);
}

/** Leaves a session that the gateway has ended already, in every tab that shares it. */
export function forgetSession(): void {
  const token = sessionStorage.getItem(refreshKey);
  forget();
  session.set("out");
  if (token) tellTabs({ kind: "ended", token, byHand: true });
}

/**
 * Gets a new access token; callers at the same time share one request, because a refresh token used twice revokes its family.
 * Returns false and marks the session as expired where the gateway refuses; throws Unreachable where it did not answer.
 */
export function refresh(): Promise<boolean> {
  const before = sessionStorage.getItem(refreshKey);
  refreshing ??= alone(() => refreshOnce(before)).finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function refreshOnce(before: string | null): Promise<boolean> {
  const token = sessionStorage.getItem(refreshKey);
  if (!token) return expire();
  // While this tab waited its turn, a twin got new tokens and told them.
  if (token !== before && accessToken) return true;
  try {
    const tokens = await post("refresh", { refresh_token: token });
    accept(tokens);
    tellTabs({ kind: "tokens", after: token, tokens });
    return true;
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500 || error.status === 429) throw error;
    endedElsewhere.set(error.code === "refresh_reused");
    tellTabs({ kind: "ended", token, byHand: false });
    return expire();
  }
}

/** Follows the tabs that share this session, and lends it to a new one that asks. */
function hear(message: TabMessage): void {
  const mine = sessionStorage.getItem(refreshKey);
  switch (message.kind) {
    case "ask":
      if (session.get() === "in" && mine && accessToken) tellTabs({ kind: "tokens", tokens: lent(accessToken, mine) });
      break;
    case "tokens": {
      const twin = message.after !== undefined && message.after === mine;
      const asked = message.after === undefined && session.get() === "unknown" && !mine;
      if (twin || asked) accept(message.tokens);
      break;
    }
    case "renewed":
      if (session.get() === "expired") accept(message.tokens);
      break;
    case "ended":
      if (message.token !== mine) break;
      if (!message.byHand) {
        expire();
        break;
      }
      forget();
      session.set("out");
  }
}

function lent(access: string, refresh: string): Tokens {
  return { access_token: access, token_type: "Bearer", expires_in: 0, refresh_token: refresh };
}

hearTabs(hear);
session.subscribe(() => session.get() === "out" && endKept());

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
