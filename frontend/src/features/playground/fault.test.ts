import { expect, it } from "vitest";
import { faultOf, Refusal, refusalIn, refusalOf } from "./fault";

it.each([
  [401, "invalid_api_key", "key"],
  [404, "model_not_found", "model"],
  [404, "", "request"],
  [429, "rate_limit_exceeded", "limited"],
  [503, "no_available_key", "noKey"],
  [503, "", "upstream"],
  [504, "", "timeout"],
  [400, "content_filter", "blocked"],
  [413, "", "tooLarge"],
  [507, "", "full"],
] as const)("status %d with code %s is a fault of kind %s", (status, code, kind) => {
  expect(faultOf(new Refusal(status, code, "words"))).toEqual({ kind, detail: "words", retrySeconds: undefined });
});

it("tells when to try again, what a stream broke off with, and an answer that never came", async () => {
  const headers = { "Retry-After": "12" };
  const response = new Response(JSON.stringify({ error: { message: "wait", code: null } }), { status: 429, headers });
  expect(faultOf(await refusalOf(response))).toEqual({ kind: "limited", detail: "wait", retrySeconds: 12 });
  expect(faultOf(await refusalOf(new Response("<html>", { status: 502 })))).toMatchObject({ kind: "upstream", detail: "HTTP 502" });
  expect(faultOf(refusalIn({ message: "cut off" }))).toMatchObject({ kind: "cut", detail: "cut off" });
  expect(faultOf(refusalIn({ message: "no", code: "content_filter" })).kind).toBe("blocked");
  expect(faultOf(new TypeError("Failed to fetch")).kind).toBe("network");
});
