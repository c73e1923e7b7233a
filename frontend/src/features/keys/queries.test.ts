import { QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, it } from "vitest";
import type { GeminiKey, GeminiKeyDetails, GeminiKeyList } from "@/api/types";
import { geminiKeysQuery, keyDetailsQuery, showAtOnce, switched } from "./queries";

const key = (id: number, more?: Partial<GeminiKey>) =>
  ({ id, name: `key-${id}`, enabled: true, state: "healthy", rests: [], success_rate: 1, weight: 1, ...more }) as GeminiKey;

let queries: QueryClient;
const list = geminiKeysQuery({ page: 1, sort: "name" }).queryKey;
const details = keyDetailsQuery(2).queryKey;
const projects = ["gemini-keys", "projects", ""];
const names = () => queries.getQueryData<GeminiKeyList>(list)?.items.map((one) => `${one.name} ${one.state} ${one.weight}`);

beforeEach(() => {
  queries = new QueryClient();
  queries.setQueryData<GeminiKeyList>(list, { items: [key(1), key(2)], total: 7, counts: {} as GeminiKeyList["counts"] });
  queries.setQueryData<GeminiKeyDetails>(details, { key: key(2), shared_with: 3 } as GeminiKeyDetails);
  queries.setQueryData(projects, { items: [{ name: "atlas", keys: 2 }], total: 1 });
});

it("shows a change in the lists and in the key's own panel, and takes it back", async () => {
  const takeBack = await showAtOnce(queries, (one) => (one.id === 2 ? { ...switched(one, false), weight: 9 } : one));
  expect(names()).toEqual(["key-1 healthy 1", "key-2 disabled 9"]);
  expect(queries.getQueryData<GeminiKeyDetails>(details)).toMatchObject({ shared_with: 3, key: { enabled: false, weight: 9 } });
  takeBack();
  expect(names()).toEqual(["key-1 healthy 1", "key-2 healthy 1"]);
  expect(queries.getQueryData<GeminiKeyDetails>(details)?.key.enabled).toBe(true);
});

it("takes a removed key out of the lists, and leaves what is no list of keys alone", async () => {
  const takeBack = await showAtOnce(queries, (one) => (one.id === 2 ? undefined : one));
  expect(names()).toEqual(["key-1 healthy 1"]);
  expect(queries.getQueryData<GeminiKeyList>(list)?.total).toBe(6);
  expect(queries.getQueryData<GeminiKeyDetails>(details)?.key.id).toBe(2);
  expect(queries.getQueryData(projects)).toEqual({ items: [{ name: "atlas", keys: 2 }], total: 1 });
  takeBack();
  expect(queries.getQueryData<GeminiKeyList>(list)?.total).toBe(7);
});

it("is not overwritten by an answer that was under way", async () => {
  let answer: (list: GeminiKeyList) => void = () => undefined;
  const fetching = queries
    .fetchQuery({ queryKey: list, queryFn: ({ signal: _ }) => new Promise<GeminiKeyList>((resolve) => (answer = resolve)), staleTime: 0 })
    .catch(() => undefined);
  await showAtOnce(queries, (one) => switched(one, false));
  answer({ items: [key(1), key(2)], total: 2, counts: {} as GeminiKeyList["counts"] });
  await fetching;
  expect(names()).toEqual(["key-1 disabled 1", "key-2 disabled 1"]);
});

it("guesses a key's state when it is switched on", () => {
  const off = { enabled: false, state: "disabled" } as const;
  expect(switched(key(1, off), true).state).toBe("healthy");
  expect(switched(key(1, { ...off, success_rate: null }), true).state).toBe("unknown");
  expect(switched(key(1, { ...off, rests: [{}] as GeminiKey["rests"] }), true).state).toBe("resting");
  expect(switched(key(1), true).state).toBe("healthy");
});
