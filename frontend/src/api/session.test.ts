import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { authorizedFetch } from "./client";
import { loadConfig } from "./config";
import { connection } from "./connection";
import { KeptStore } from "./kept";
import { Problem, Unreachable } from "./problem";
import { currentAccessToken, endedElsewhere, forgetSession, logIn, refresh, resume, session } from "./session";

type Answer = () => Response | Promise<Response>;
let answers: Record<string, Answer>;
let calls: string[];

const json = (status: number, body: unknown, headers = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json", ...headers },
  });
const tokens = (n: number) =>
  json(200, { access_token: `access-${n}`, token_type: "Bearer", expires_in: 900, refresh_token: `refresh-${n}` });

beforeEach(async () => {
  calls = [];
  answers = { "/admin/v1/auth/login": () => tokens(1) };
  vi.stubGlobal("fetch", async (request: Request | string) => {
    if (typeof request === "string") return json(200, { apiBaseUrl: "http://localhost" });
    const path = new URL(request.url).pathname;
    calls.push(`${path} ${request.headers.get("Authorization") ?? ""}`.trim());
    const answer = answers[path];
    if (!answer) throw new TypeError("no network");
    return answer();
  });
  sessionStorage.clear();
  await loadConfig();
  await logIn("admin", "password");
  calls = [];
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const page = () => new Request("http://localhost/admin/v1/gemini-keys");

describe("an expired access token", () => {
  it("is refreshed once for many requests, and each is sent again", async () => {
    let refreshes = 0;
    answers["/admin/v1/auth/refresh"] = async () => {
      refreshes += 1;
      await Promise.resolve();
      return tokens(2);
    };
    answers["/admin/v1/gemini-keys"] = () =>
      currentAccessToken() === "access-2" ? json(200, { items: [] }) : json(401, { code: "token_expired" });
    const responses = await Promise.all([authorizedFetch(page()), authorizedFetch(page()), authorizedFetch(page())]);
    expect(responses.map((response) => response.status)).toEqual([200, 200, 200]);
    expect(refreshes).toBe(1);
    expect(calls.filter((call) => call.endsWith("Bearer access-2"))).toHaveLength(3);
    expect(sessionStorage.getItem("refresh_token")).toBe("refresh-2");
  });

  it("marks the session as expired when the refresh is refused, so that the page stays", async () => {
    answers["/admin/v1/auth/refresh"] = () => json(401, { code: "refresh_reused", detail: "used twice" });
    answers["/admin/v1/gemini-keys"] = () => json(401, { code: "token_expired", detail: "expired" });
    await expect(authorizedFetch(page())).rejects.toMatchObject({ status: 401, code: "token_expired" });
    expect(session.get()).toBe("expired");
    expect(sessionStorage.getItem("refresh_token")).toBeNull();
  });

  it("keeps the session while the gateway is away", async () => {
    vi.useFakeTimers();
    await expect(refresh()).rejects.toBeInstanceOf(Unreachable);
    expect(session.get()).toBe("in");
    expect(sessionStorage.getItem("refresh_token")).toBe("refresh-1");
    expect(connection.get().state).toBe("down");
  });
});

describe("a session", () => {
  it("keeps its access token out of storage", () => {
    expect(JSON.stringify({ ...sessionStorage })).not.toContain("access-1");
    expect(JSON.stringify({ ...localStorage })).not.toContain("refresh-1");
  });

  it("is taken up by its refresh token, and is out without one", async () => {
    answers["/admin/v1/auth/refresh"] = () => tokens(3);
    await resume();
    expect(currentAccessToken()).toBe("access-3");
    sessionStorage.clear();
    await resume();
    expect(session.get()).toBe("out");
  });

  it("passes on how long to wait after too many attempts", async () => {
    answers["/admin/v1/auth/login"] = () => json(429, { code: "too_many_attempts", detail: "slow down" }, { "Retry-After": "30" });
    const fault = await logIn("admin", "wrong").catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Problem);
    expect(fault).toMatchObject({ code: "too_many_attempts", retryAfterSeconds: 30 });
  });
});

describe("two tabs of one session", () => {
  let twin: BroadcastChannel;
  const told = () => new Promise<unknown>((done) => twin.addEventListener("message", (event) => done(event.data), { once: true }));
  const fresh = (n: number) => ({ access_token: `access-${n}`, token_type: "Bearer", expires_in: 900, refresh_token: `refresh-${n}` });

  beforeEach(() => {
    twin = new BroadcastChannel("session");
  });
  afterEach(() => twin.close());

  it("share what one of them refreshed", async () => {
    twin.postMessage({ kind: "tokens", after: "refresh-1", tokens: fresh(2) });
    await vi.waitFor(() => expect(currentAccessToken()).toBe("access-2"));
    expect(sessionStorage.getItem("refresh_token")).toBe("refresh-2");
    answers["/admin/v1/auth/refresh"] = () => tokens(3);
    const heard = told();
    await refresh();
    expect(await heard).toMatchObject({ kind: "tokens", after: "refresh-2", tokens: { refresh_token: "refresh-3" } });
  });

  it("do not mix with another session", async () => {
    twin.postMessage({ kind: "tokens", after: "refresh-of-another", tokens: fresh(9) });
    twin.postMessage({ kind: "ask" });
    await told();
    expect(currentAccessToken()).toBe("access-1");
  });

  it("go on together when one of them logs in anew", async () => {
    session.set("expired");
    const heard = told();
    await logIn("admin", "password");
    expect(await heard).toMatchObject({ kind: "renewed", tokens: { refresh_token: "refresh-1" } });
    session.set("expired");
    twin.postMessage({ kind: "renewed", tokens: fresh(6) });
    await vi.waitFor(() => expect([session.get(), currentAccessToken()]).toEqual(["in", "access-6"]));
    twin.postMessage({ kind: "renewed", tokens: fresh(7) });
    twin.postMessage({ kind: "ask" });
    expect(await told(), "a session that goes on is nobody else's").toMatchObject({ tokens: { access_token: "access-6" } });
  });

  it("end together", async () => {
    twin.postMessage({ kind: "ended", token: "refresh-1", byHand: true });
    await vi.waitFor(() => expect(session.get()).toBe("out"));
    expect(sessionStorage.getItem("refresh_token")).toBeNull();
  });

  it("say why when the gateway found a token used twice", async () => {
    answers["/admin/v1/auth/refresh"] = () => json(401, { code: "refresh_reused", detail: "used before" });
    const heard = told();
    expect(await refresh()).toBe(false);
    expect([session.get(), endedElsewhere.get()]).toEqual(["expired", true]);
    expect(await heard).toEqual({ kind: "ended", token: "refresh-1", byHand: false });
  });

  it("lend the session to a new tab that has none", async () => {
    sessionStorage.clear();
    session.set("unknown");
    twin.addEventListener("message", () => twin.postMessage({ kind: "tokens", tokens: fresh(5) }), { once: true });
    await resume();
    expect([session.get(), currentAccessToken()]).toEqual(["in", "access-5"]);
  });
});

it("what is kept for the session outlives a reload, and is gone at log-out", () => {
  new KeptStore<{ key: string }>("one").set({ key: "sk-FAKE" });
  expect(new KeptStore("one").get()).toEqual({ key: "sk-FAKE" });
  forgetSession();
  expect(new KeptStore("one").get()).toBeUndefined();
  expect(sessionStorage.length).toBe(0);
});
