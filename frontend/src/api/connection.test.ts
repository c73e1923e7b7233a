import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadConfig } from "./config";
import { connection, reach } from "./connection";
import { Unreachable } from "./problem";

const anything = () => new Request("http://localhost/admin/v1/stats/overview");
let answer: () => Promise<Response>;
let calls: string[];

beforeEach(async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response('{"apiBaseUrl":"http://localhost"}')));
  await loadConfig();
  vi.useFakeTimers();
  calls = [];
  vi.stubGlobal("fetch", (request: Request) => {
    calls.push(new URL(request.url).pathname);
    return answer();
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the connection", () => {
  it("is waking while an answer is late, and up with the answer", async () => {
    let arrive: (response: Response) => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        arrive = resolve;
      });
    const response = reach(anything());
    await vi.advanceTimersByTimeAsync(2_900);
    expect(connection.get().state).toBe("up");
    await vi.advanceTimersByTimeAsync(200);
    expect(connection.get().state).toBe("waking");
    arrive(new Response("{}"));
    await response;
    expect(connection.get().state).toBe("up");
  });

  it("is up while slow work takes its time", async () => {
    let arrive: (response: Response) => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        arrive = resolve;
      });
    const response = reach(anything(), { slow: true });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(connection.get().state).toBe("up");
    arrive(new Response("{}"));
    await response;
  });

  it("retries by itself after a failure, more and more rarely, until it is back", async () => {
    answer = () => Promise.reject(new TypeError("refused"));
    await expect(reach(anything())).rejects.toBeInstanceOf(Unreachable);
    expect(connection.get()).toMatchObject({ state: "down", everySeconds: 2 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(calls).toEqual(["/admin/v1/stats/overview", "/health"]);
    expect(connection.get()).toMatchObject({ state: "down", everySeconds: 3 });
    answer = () => Promise.resolve(new Response("ok"));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(connection.get().state).toBe("up");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(3);
  });

  it("tries at once when the network or its reader is back", async () => {
    answer = () => Promise.reject(new TypeError("refused"));
    await expect(reach(anything())).rejects.toBeInstanceOf(Unreachable);
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(["/admin/v1/stats/overview", "/health"]);
    answer = () => Promise.resolve(new Response("ok"));
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.get().state).toBe("up");
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toHaveLength(3);
  });

  it("takes a 502 page of the host for no answer, and a 503 problem of the gateway for one", async () => {
    answer = () => Promise.resolve(new Response("<html>", { status: 502, headers: { "Content-Type": "text/html" } }));
    await expect(reach(anything())).rejects.toBeInstanceOf(Unreachable);
    answer = () => Promise.resolve(new Response("{}", { status: 503, headers: { "Content-Type": "application/problem+json" } }));
    expect((await reach(anything())).status).toBe(503);
    expect(connection.get().state).toBe("up");
  });
});
