import { expect, it } from "vitest";
import { requestsSearch } from "./search";

it("reads every filter of an address, and writes times in one form", () => {
  const whole = { status: "4xx", outcome: "no_key", retried: true, model: "m", user: 3, key: 7, form: "whole", q: "abc", open: 12 };
  expect(requestsSearch(whole)).toEqual(whole);
  expect(requestsSearch({ from: "2026-11-20T16:00:00+08:00", to: "2026-11-21T00:00:00.500Z" })).toEqual({
    from: "2026-11-20T08:00:00Z",
    to: "2026-11-21T00:00:00Z",
  });
});

it("drops what makes no sense", () => {
  for (const [from, to] of [
    ["2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z"],
    ["yesterday", 5],
    ["0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"],
  ]) {
    expect(requestsSearch({ from, to, range: "2h", status: 200, retried: "yes", user: -1, key: "7", form: "", open: 1.5 })).toEqual({});
  }
});
