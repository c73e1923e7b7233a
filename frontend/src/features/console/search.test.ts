import { expect, it } from "vitest";
import { consoleSearch, partOf, searchOf } from "./search";

it("reads what makes sense, and drops the rest", () => {
  expect(consoleSearch({ range: "7d", metric: "tokens", key: 7, model: "", user: "x", strange: 1 })).toEqual({
    range: "7d",
    metric: "tokens",
    key: 7,
  });
  expect(consoleSearch({ range: "8d", metric: "errors" })).toEqual({});
});

it("names one part, and leads back to the same address", () => {
  for (const search of [{ model: "gemini-flash-latest" }, { key: 7 }, { user: 3 }, {}]) {
    expect(searchOf(partOf(search))).toEqual({ model: undefined, key: undefined, user: undefined, ...search });
  }
});
